import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';
import type { Store } from '../../ports/store.ts';

const PIECE_MESSAGES_MAX = 200;
const PIECE_BYTES_MAX = 1024 * 1024;

/** Reads the messages of a session above a sequence, hidden ones included, in pieces that fit one commit. */
export async function* messagePieces(
  { messages }: Store,
  { tenant, uid, lastSequence }: Pick<SessionHeader, 'tenant' | 'uid' | 'lastSequence'>,
  afterSequence: number,
): AsyncGenerator<StoredMessage[]> {
  let after = afterSequence;
  while (after < lastSequence) {
    const range = { afterSequence: after, beforeSequence: 0, from: 'oldest', limit: PIECE_MESSAGES_MAX } as const;
    const piece = await messages.read(tenant, uid, { ...range, bytesMax: PIECE_BYTES_MAX });
    if (piece.length === 0) return;
    yield piece;
    after = piece.at(-1)!.sequence;
  }
}
