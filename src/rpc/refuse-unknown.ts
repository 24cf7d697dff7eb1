import { Code } from '@connectrpc/connect';
import type { HttpListener } from './http-listener.ts';

/** Answers a gRPC or gRPC-Web call of an RPC that is not served; its clients look for a status, and take no page for one. */
export const refuseUnknown: HttpListener = ({ headers }, response) => {
  response.statusCode = 200;
  response.setHeader('content-type', headers['content-type'] ?? 'application/grpc');
  response.setHeader('grpc-status', String(Code.Unimplemented));
  response.setHeader('grpc-message', 'there is no such RPC; ask the reflection service for what is served');
  response.end();
};
