import type { Draft } from './draft.ts';
import { enterSession } from './enter.ts';

/** Decides an access that does nothing else: it revives and slides, and inside a bucket writes nothing. */
export function decideAccess(draft: Draft): void {
  enterSession(draft);
}
