import { Agent, request as httpRequest } from 'node:http';
import { type ClientHttp2Session, constants } from 'node:http2';
import type { FuzzInput } from './make-input.ts';

/** What came back: the status of HTTP, all headers and trailers, and the body. */
export interface FuzzAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** A stream that has answered is left after this, in ms. */
const STREAM_MS = 20;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends an input over either version of HTTP and collects what comes back; a stream is left after its first steps. */
export function sendInput(
  input: FuzzInput,
  { url, session }: { url: string; session: ClientHttp2Session },
): Promise<FuzzAnswer> {
  return input.http === 2 ? sendOverHttp2(input, session) : sendOverHttp1(input, url);
}

/** Closes what was kept open. */
export function closeAgent(): void {
  agent.destroy();
}

function sendOverHttp2({ path, headers, body, isStream }: FuzzInput, session: ClientHttp2Session): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    const answer: FuzzAnswer = { status: 0, headers: {}, body: Buffer.alloc(0) };
    stream.on('response', (answered) => {
      answer.status = Number(answered[':status']);
      answer.headers = { ...answered };
      if (isStream) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), STREAM_MS);
    });
    stream.on('trailers', (trailers) => {
      answer.headers = { ...answer.headers, ...trailers };
    });
    stream.on('data', (chunk: Buffer) => {
      answer.body = Buffer.concat([answer.body, chunk]);
    });
    stream.on('error', reject);
    stream.on('close', () => resolve(answer));
    stream.end(body);
  });
}

function sendOverHttp1({ path, headers, body, isStream }: FuzzInput, url: string): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method: 'POST', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      const end = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: { ...response.headers, ...response.trailers },
          body: Buffer.concat(chunks),
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', end);
      response.on('error', end);
      if (isStream) setTimeout(() => response.destroy(), STREAM_MS).unref();
      response.on('close', end);
    });
    request.on('error', reject);
    request.end(body);
  });
}
