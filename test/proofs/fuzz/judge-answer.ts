import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../../gen/google/rpc/status_pb.ts';
import { ERROR_TABLE, type WireReason } from '../../../src/rpc/error-table.ts';
import type { FuzzAnswer } from './send-input.ts';

/** What HTTP itself says to a request that is none of ours: bad, not found, not allowed, unknown type, too many headers. */
const HTTP_REFUSALS = new Set([400, 404, 405, 415, 431]);

/** Names the reason of an answer, '' for a success, `HTTP <status>` for a refusal below RPC; throws where it is untyped. */
export function judgeAnswer({ status, headers, body }: FuzzAnswer): string {
  const type = String(headers['content-type'] ?? '');
  if (status === 0) return 'left';
  if (type.startsWith('application/grpc-web')) return judgeTrailers(trailersIn(body));
  if (type.startsWith('application/grpc')) return judgeTrailers(headers);
  if (type.startsWith('application/connect+')) return judgeEndOfStream(body);
  if (status === 200) return '';
  if (type.startsWith('application/json') && status !== 404)
    return judgeJsonError(JSON.parse(unpacked(body, String(headers['content-encoding']))));
  if (HTTP_REFUSALS.has(status)) return `HTTP ${status}`;
  throw new Error(`an answer of HTTP ${status} without any reason`);
}

/** A long error comes compressed where the request allows it. */
function unpacked(body: Buffer, encoding: string): string {
  if (encoding === 'gzip') return gunzipSync(body).toString();
  return (encoding === 'br' ? brotliDecompressSync(body) : body).toString();
}

function judgeTrailers(trailers: Record<string, unknown>): string {
  const status = trailers['grpc-status'];
  if (status === undefined) return 'left';
  if (String(status) === '0') return '';
  const details = trailers['grpc-status-details-bin'];
  if (details === undefined)
    throw new Error(`status ${String(status)} without details: ${String(trailers['grpc-message'])}`);
  const { code, details: list } = fromBinary(StatusSchema, Buffer.from(String(details), 'base64'));
  const [info] = list.flatMap((detail) => anyUnpack(detail, ErrorInfoSchema) ?? []);
  return checked(info?.reason, codeToString(code));
}

function trailersIn(body: Buffer): Record<string, string> {
  const frame = framesIn(body).find(({ flags }) => flags & 0x80);
  const lines = frame === undefined ? [] : frame.data.toString().split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

interface ConnectError {
  code: string;
  details?: { type: string; value: string }[];
}

function judgeEndOfStream(body: Buffer): string {
  const frame = framesIn(body).find(({ flags }) => flags & 2);
  if (frame === undefined) return 'left';
  const { error } = JSON.parse(frame.data.toString()) as { error?: ConnectError };
  return error === undefined ? '' : judgeJsonError(error);
}

function judgeJsonError({ code, details = [] }: ConnectError): string {
  const info = details.find(({ type }) => type === 'google.rpc.ErrorInfo');
  return checked(info && fromBinary(ErrorInfoSchema, Buffer.from(info.value, 'base64')).reason, code);
}

function checked(reason: string | undefined, code: string): string {
  const entry = reason === undefined ? undefined : ERROR_TABLE[reason as WireReason];
  if (reason === undefined || entry === undefined) throw new Error(`an error ${code} without a reason of the table`);
  if (codeToString(entry.code) !== code) throw new Error(`${reason} came as ${code}`);
  if (reason === 'INTERNAL' || reason === 'STORE_CORRUPT') throw new Error(`a request brought about ${reason}`);
  return reason;
}

function framesIn(body: Buffer): { flags: number; data: Buffer }[] {
  const frames: { flags: number; data: Buffer }[] = [];
  for (let place = 0; place + 5 <= body.length; ) {
    const length = body.readUInt32BE(place + 1);
    frames.push({ flags: body[place]!, data: body.subarray(place + 5, place + 5 + length) });
    place += 5 + length;
  }
  return frames.filter(({ flags }) => (flags & 1) === 0);
}
