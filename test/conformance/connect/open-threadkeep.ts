import { ConnectError } from '@connectrpc/connect';
import type { Call } from '../../../src/rpc/call.ts';
import type { RpcCaller } from '../../../src/rpc/caller.ts';
import type { DescribeError } from '../../../src/rpc/connect-error.ts';
import { ERROR_TABLE } from '../../../src/rpc/error-table.ts';
import { JSON_OPTIONS } from '../../../src/rpc/wire-rules.ts';
import { serveServices } from '../../rpc/serve-services.ts';
import type { ConformanceContract } from './conformance-contract.ts';
import { AskedError, type ConformanceCall, createConformanceHandlers } from './conformance-handlers.ts';
import type { ServerTerms } from './server-terms.ts';

/** No deadline of the suite is as long, so that a call which has this one brought none. */
const NO_TIMEOUT_MS = 59_999;

/** Serves the suite's service behind all that stands around our own, and returns the port. */
export async function openThreadkeep(
  contract: ConformanceContract,
  { tls, requestBytesMax }: ServerTerms,
  lane: 'on' | 'off',
): Promise<number> {
  // The suite's messages hold messages of any type, which have to be known to be written as JSON; ours hold none.
  Object.assign(JSON_OPTIONS, { registry: contract.registry });
  const handlers = Object.entries(createConformanceHandlers(contract)).map(([name, handle]) => [
    name,
    (request: never, { signal }: RpcCaller, call: Call) => handle(request, conformanceCall(call, signal)),
  ]);
  const served = { service: contract.service, handlers: Object.fromEntries(handlers), scopes: null };
  const { address } = await serveServices({
    services: [served],
    lane,
    tls,
    requestBytesMax,
    requestTimeoutMs: NO_TIMEOUT_MS,
    describe: describeWithoutDetails,
  });
  return address.port;
}

function conformanceCall({ headers, timeoutMs }: Call, signal: AbortSignal): ConformanceCall {
  const { requestHeader, responseHeader, responseTrailer } = headers;
  const asked = timeoutMs === NO_TIMEOUT_MS ? null : timeoutMs;
  return { requestHeader, responseHeader, responseTrailer, timeoutMs: asked, signal };
}

/** The suite counts details, and takes none but those which it asked for; all else of an error is as it always is. */
const describeWithoutDetails: DescribeError = ({ message, reason }, thrown) =>
  thrown instanceof AskedError ? thrown : new ConnectError(message, ERROR_TABLE[reason].code);
