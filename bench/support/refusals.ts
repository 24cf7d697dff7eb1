import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { appendRequest } from './append-request.ts';

/** Refusals counts how a client is refused, by what it is told: `OVERLOADED with RetryInfo`. */
type Refusals = Map<string, number>;

/** Treatment is how the service treats callers: what it refuses, and how long it takes for the rest, in ms. */
export interface Treatment {
  refusals: Refusals;
  tookMs: number[];
}

const CALLERS = 16;

/** Appends again and again, one call at a time on each of a few connections, until the signal; answers what came of it. */
export async function sampleTreatment(baseUrl: string, sessionId: string, signal: AbortSignal): Promise<Treatment> {
  const seen: Treatment = { refusals: new Map(), tookMs: [] };
  await Promise.all(Array.from({ length: CALLERS }, () => sample(seen, baseUrl, sessionId, signal)));
  return seen;
}

async function sample(
  { refusals, tookMs }: Treatment,
  baseUrl: string,
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  const client = createClient(SessionService, createGrpcTransport({ baseUrl }));
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await client.addMessage(appendRequest(sessionId), { signal });
      tookMs.push(performance.now() - startedAt);
    } catch (error) {
      if (signal.aborted) break;
      const told = describe(ConnectError.from(error));
      refusals.set(told, (refusals.get(told) ?? 0) + 1);
    }
  }
}

function describe(error: ConnectError): string {
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? Code[error.code];
  return `${reason} ${error.findDetails(RetryInfoSchema).length > 0 ? 'with' : 'without'} RetryInfo`;
}

/** Counts of a service's answers to AddMessage, by their reason; '' = answered. */
export async function countAnswers(baseUrl: string): Promise<Map<string, number>> {
  const page = await (await fetch(`${baseUrl}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, labels = '', count] of page.matchAll(/^threadkeep_rpc_calls_total\{(.*)\} (\d+)$/gm)) {
    if (!labels.includes('/AddMessage"')) continue;
    const reason = /reason="(\w*)"/.exec(labels)?.[1] ?? '';
    counts.set(reason, (counts.get(reason) ?? 0) + Number(count));
  }
  return counts;
}
