import { connect } from 'node:http2';
import { pathOf } from './method-path.ts';
import { AUTHORIZATION } from './pinned-servers.ts';
import { type Encodable, GRPC } from './protocol.ts';

/** Makes one gRPC call by hand, and returns the bytes of its answer; throws where it is refused. */
export async function answerOf(baseUrl: string, call: Encodable): Promise<Uint8Array> {
  const session = connect(baseUrl);
  const path = pathOf(call.method);
  const stream = session.request({ ':method': 'POST', ':path': path, ...GRPC.headers, ...AUTHORIZATION });
  stream.end(GRPC.encode(call));
  const pieces: Buffer[] = await stream.toArray();
  session.close();
  const answer = Buffer.concat(pieces).subarray(5);
  if (answer.byteLength === 0) throw new Error(`${call.method.name} was refused`);
  return answer;
}
