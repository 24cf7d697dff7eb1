import { once } from 'node:events';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createHttp2, createSecureServer as createSecureHttp2 } from 'node:http2';
import { createServer as createHttps1 } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { ConformanceContract } from './conformance-contract.ts';
import { type ConformanceCall, createConformanceHandlers } from './conformance-handlers.ts';
import type { ServerTerms } from './server-terms.ts';

/** Serves the suite's service with connect-node and nothing of ours, to compare with, and returns the port. */
export async function openConnectNode(contract: ConformanceContract, terms: ServerTerms): Promise<number> {
  const handlers = Object.entries(createConformanceHandlers(contract)).map(([name, handle]) => [
    name,
    (request: never, context: HandlerContext) => handle(request, conformanceCall(context)),
  ]);
  const routes = (router: ConnectRouter) => void router.service(contract.service, Object.fromEntries(handlers));
  const server = createServer(
    terms,
    connectNodeAdapter({ routes, readMaxBytes: terms.requestBytesMax, jsonOptions: { registry: contract.registry } }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function createServer({ version, tls }: ServerTerms, listener: ReturnType<typeof connectNodeAdapter>) {
  if (tls === null) return version === 'http1' ? createHttp1(listener) : createHttp2(listener);
  const secrets = { cert: tls.certificate, key: tls.key };
  return version === 'http1' ? createHttps1(secrets, listener) : createSecureHttp2(secrets, listener);
}

function conformanceCall(context: HandlerContext): ConformanceCall {
  const { requestHeader, responseHeader, responseTrailer, signal } = context;
  return { requestHeader, responseHeader, responseTrailer, timeoutMs: context.timeoutMs() ?? null, signal };
}
