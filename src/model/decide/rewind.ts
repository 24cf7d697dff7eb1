import { cutMessages } from './cut-messages.ts';
import type { Draft } from './draft.ts';
import { enterSession } from './enter.ts';

/** Decides Rewind: an access that takes the messages of the basis' removal out of sight; removing none changes nothing. */
export function decideRewind(draft: Draft): void {
  enterSession(draft);
  cutMessages(draft);
}
