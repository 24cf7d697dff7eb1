import { SessionError } from '../../model/session-error.ts';

/** Returns the refusal of a service that is about to stop. */
export function draining(): SessionError {
  return new SessionError('DRAINING', 'the service is about to stop; call again, another instance will answer', {
    retryAfterMs: 1000,
  });
}
