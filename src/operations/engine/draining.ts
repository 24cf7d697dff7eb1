import { SessionError } from '../../model/session-error.ts';

/** Returns the refusal of a service that is about to stop. */
export function draining(): SessionError {
  return new SessionError('DRAINING', 'the service is about to stop; call again, another instance will answer', {
    retryAfterMs: 1000,
  });
}

/** Calls back once when the service begins to drain, unless `until` aborts first. */
export function onDraining(draining: AbortSignal, listener: () => void, until: AbortSignal): void {
  draining.addEventListener('abort', listener, { once: true });
  // The option `signal` would not do: of all removals that wait on one target, Node keeps only the newest alive.
  until.addEventListener('abort', () => draining.removeEventListener('abort', listener), { once: true });
}
