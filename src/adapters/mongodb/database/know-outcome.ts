import { SessionError } from '../../../model/session-error.ts';
import { OutcomeUnknown } from './errors.ts';

/**
 * Turns the unknown outcome of a write that can be repeated into STORE_UNAVAILABLE, as the port promises: it may or may
 * not have happened.
 */
export async function knowOutcome<Answer>(writing: Promise<Answer>): Promise<Answer> {
  try {
    return await writing;
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    throw new SessionError('STORE_UNAVAILABLE', `the store did not say whether it wrote: call again`, {
      retryAfterMs: 1000,
      cause: error,
    });
  }
}
