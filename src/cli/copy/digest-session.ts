import { createHash } from 'node:crypto';
import { digestContent } from '../../model/request-digest.ts';
import type { Store } from '../../ports/store.ts';
import { messagePieces } from './message-pieces.ts';
import type { WholeSession } from './whole-session.ts';

/** SessionDigest is a hash over everything of a session, and the number of its messages. */
export interface SessionDigest {
  digest: string;
  messageCount: number;
}

/** Hashes a session as a store has it, messages included; `rev`, which counts a store's own writes, is left out. */
export async function digestSession(store: Store, whole: WholeSession): Promise<SessionDigest> {
  const { header, isMemoryPartial: _, ...parts } = whole;
  const hash = createHash('sha256').update(digestContent('session', { ...parts, header: { ...header, rev: 0 } }));
  let messageCount = 0;
  if (!header.isTombstone) {
    for await (const piece of messagePieces(store, header, 0)) {
      for (const message of piece) hash.update(digestContent('message', message));
      messageCount += piece.length;
    }
  }
  return { digest: hash.digest('hex'), messageCount };
}
