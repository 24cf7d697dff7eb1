import type { Compression } from '@connectrpc/connect/protocol';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';

/** No answer of ours is larger: pages end at 3.5 MiB, and what cannot be split is at most 1 MiB. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Smaller answers are sent as they are: to compress them costs more than it saves. */
export const COMPRESS_BYTES_MIN = 1024;

/** The compressions of requests and answers, best first. */
export const COMPRESSIONS: Compression[] = [compressionGzip, compressionBrotli];

/** How JSON is read: a field that the contract does not know is a mistake of its sender. */
export const JSON_OPTIONS = { ignoreUnknownFields: false };
