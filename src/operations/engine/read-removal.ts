import type { Removal } from '../../model/basis.ts';
import type { Cut } from '../../model/call.ts';
import { isVisible } from '../../model/hidden-ranges.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';
import type { MessageStore } from '../../ports/message-store.ts';
import { readVisible, visiblePages } from './read-visible.ts';

/** Reads what a cut takes out of sight; null when it names a message that is not yet, or a turn that is not in sight. */
export async function readRemoval(messages: MessageStore, header: SessionHeader, cut: Cut): Promise<Removal | null> {
  const removed = await readRemoved(messages, header, cut);
  if (removed === null) return null;
  const first = removed[0];
  const beforeSequence = first?.sequence ?? header.lastSequence + 1;
  const [kept] = await readVisible(messages, header, { from: 'newest', afterSequence: 0, beforeSequence, limit: 1 });
  return { throughSequence: kept?.sequence ?? 0, messages: removed, lastTurnId: kept?.turnId ?? '' };
}

type Removed = Removal['messages'];

async function readRemoved(messages: MessageStore, header: SessionHeader, cut: Cut): Promise<Removed | null> {
  switch (cut.kind) {
    case 'throughSequence':
      return cut.sequence > header.lastSequence ? null : readBack(messages, header, cut.sequence, () => false);
    case 'lastMessages':
      return readBack(messages, header, 0, (_, count) => count === cut.count);
    case 'lastTurns':
      return readTurns(messages, header, cut.count);
    case 'turnId': {
      const sequence = await findVisibleTurn(messages, header, cut.turnId);
      return sequence === null ? null : readBack(messages, header, sequence - 1, () => false);
    }
  }
}

/** What stands before the first turn stays, however many turns are asked for. */
async function readTurns(messages: MessageStore, header: SessionHeader, count: number): Promise<Removed> {
  let turns = 0;
  const found = await readBack(messages, header, 0, ({ startsTurn }) => {
    if (startsTurn) turns += 1;
    return turns === count;
  });
  const firstTurn = found.findIndex(({ startsTurn }) => startsTurn);
  return firstTurn === -1 ? [] : found.slice(firstTurn);
}

/** Reads from the newest message back until enough is found; ascending. Keeps no bodies. */
async function readBack(
  messages: MessageStore,
  header: SessionHeader,
  afterSequence: number,
  isEnough: (message: StoredMessage, count: number) => boolean,
): Promise<Removed> {
  const found: Removed = [];
  const span = { from: 'newest', afterSequence, beforeSequence: 0, firstPageMessages: FIRST_PAGE_MESSAGES } as const;
  for await (const page of visiblePages(messages, header, span)) {
    for (const message of page.toReversed()) {
      found.push(factsOf(message));
      if (isEnough(message, found.length)) return found.reverse();
    }
  }
  return found.reverse();
}

/** Most cuts take little, which is held beside the header. */
const FIRST_PAGE_MESSAGES = 16;

function factsOf({ sequence, role, tokenCount, startsTurn }: StoredMessage): Removed[number] {
  return { sequence, role, tokenCount, startsTurn };
}

async function findVisibleTurn(messages: MessageStore, header: SessionHeader, turnId: string): Promise<number | null> {
  let found = await messages.findTurn(header.tenant, header.uid, turnId, 0);
  while (found !== null && !isVisible(header.hidden, found.sequence)) {
    found = await messages.findTurn(header.tenant, header.uid, turnId, found.sequence);
  }
  return found?.sequence ?? null;
}
