import { Code, ConnectError } from '@connectrpc/connect';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { type ServedService, serve } from './handlers.ts';
import type { ServingStatus } from './serving-status.ts';

type StatusInit = { status: Status };

/** Serves grpc.health.v1 for the service as a whole (the empty name) and for each of its services alike. */
export function healthService(serving: ServingStatus, serviceNames: readonly string[]): ServedService {
  const known = new Set(['', ...serviceNames]);
  const current = (): StatusInit => ({ status: serving.isServing ? Status.SERVING : Status.NOT_SERVING });
  return serve(
    Health,
    {
      async check({ service }) {
        if (known.has(service)) return current();
        throw new ConnectError(`the service ${service} is not served here; ask with an empty name`, Code.NotFound);
      },
      watch({ service }, { signal }) {
        if (known.has(service)) return statuses(serving, current, signal);
        return statuses(serving, () => ({ status: Status.SERVICE_UNKNOWN }), signal);
      },
      async list() {
        return { statuses: Object.fromEntries([...known].map((name) => [name, current()])) };
      },
    },
    null,
  );
}

/** Yields the status at once, then whenever it is another. Listens no longer than the signal allows. */
async function* statuses(
  serving: ServingStatus,
  current: () => StatusInit,
  signal: AbortSignal,
): AsyncGenerator<StatusInit> {
  let told: Status | null = null;
  while (!signal.aborted) {
    const change = nextChange(serving, signal);
    const next = current();
    if (next.status !== told) yield next;
    told = next.status;
    await change;
  }
}

/** Resolves at the next change, or when the signal aborts. */
function nextChange(serving: ServingStatus, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unsubscribe();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const unsubscribe = serving.onChange(done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
