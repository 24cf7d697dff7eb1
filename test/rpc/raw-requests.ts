import { connect } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';

/** What came back to a request that was made by hand. */
export interface RawAnswer {
  status: number;
  /** The gRPC code, or Connect's name of it; '' where neither was answered. */
  code: string;
  reason: string;
  fields: string[];
  message: string;
}

interface ConnectErrorBody {
  code?: string;
  message?: string;
  details?: { type: string; value: string }[];
}

/** Posts a body to a path over HTTP/1.1, as Connect's unary calls do, and reads the error. */
export async function postRaw(
  url: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
): Promise<RawAnswer> {
  const response = await fetch(url, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> | string });
  const text = await response.text();
  const error = (text.startsWith('{') ? JSON.parse(text) : {}) as ConnectErrorBody;
  const details = (error.details ?? []).map(({ type, value }) => ({ type, bytes: Buffer.from(value, 'base64') }));
  const info = details.find(({ type }) => type === 'google.rpc.ErrorInfo');
  const bad = details.find(({ type }) => type === 'google.rpc.BadRequest');
  return {
    status: response.status,
    code: error.code ?? '',
    reason: info === undefined ? '' : fromBinary(ErrorInfoSchema, info.bytes).reason,
    fields: bad === undefined ? [] : fromBinary(BadRequestSchema, bad.bytes).fieldViolations.map(({ field }) => field),
    message: error.message ?? '',
  };
}

/** Sends bytes as the body of a gRPC call over h2c and reads the trailers. */
export async function grpcRaw(
  url: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<RawAnswer> {
  const session = connect(url);
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let status = 0;
      let trailers: Record<string, unknown> = {};
      session.on('error', reject);
      stream.on('error', reject);
      stream.on('response', (answered) => {
        status = Number(answered[':status']);
        trailers = { ...answered };
      });
      stream.on('trailers', (answered) => {
        trailers = { ...trailers, ...answered };
      });
      stream.on('close', () => resolve(answerFrom(status, trailers)));
      stream.resume();
      stream.end(body);
    });
  } finally {
    session.close();
  }
}

/** Puts a message into the envelope of gRPC and of Connect's streams. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

function answerFrom(status: number, trailers: Record<string, unknown>): RawAnswer {
  const details = trailers['grpc-status-details-bin'];
  const list = details === undefined ? [] : fromBinary(StatusSchema, Buffer.from(String(details), 'base64')).details;
  const infos = list.flatMap((detail) => anyUnpack(detail, ErrorInfoSchema) ?? []);
  const bad = list.flatMap((detail) => anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? []);
  return {
    status,
    code: String(trailers['grpc-status'] ?? ''),
    reason: infos[0]?.reason ?? '',
    fields: bad.map(({ field }) => field),
    message: decodeURIComponent(String(trailers['grpc-message'] ?? '')),
  };
}
