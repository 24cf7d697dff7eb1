import { checkName, checkPresent } from '../model/checks/check-text.ts';
import { UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../model/ids.ts';
import type { SessionFilter } from '../ports/session-store.ts';
import type { Caller } from './caller.ts';
import { deleteListed } from './delete-listed.ts';
import type { Engine } from './engine/engine.ts';

/** EraseUserInput names the user to forget. */
export interface EraseUserInput {
  userId: string;
}

/** EraseUserAnswer is the receipt. */
export interface EraseUserAnswer {
  receiptId: string;
  sessionsDeleted: number;
  messagesDeleted: number;
  eventsBlanked: number;
  erasedAt: number;
}

const SESSIONS_PER_READ = 100;

/**
 * Deletes a user's sessions in every status, then blanks the user in the event log. It is done once a look finds none
 * left: a session that the user starts after that look is a new one, which the next erasure finds.
 */
export async function eraseUser(engine: Engine, caller: Caller, { userId }: EraseUserInput): Promise<EraseUserAnswer> {
  checkPresent('user_id', userId);
  checkName('user_id', userId);
  const deleted = await deleteSessionsOf(engine, caller, { userId });
  const receipt = {
    receiptId: `erasure_${uidFrom(engine.random.bytes(UNIQUE_ID_RANDOM_BYTES))}`,
    ...deleted,
    eventsBlanked: await engine.store.events.blankUser(caller.tenant, userId),
    erasedAt: engine.time().now,
  };
  engine.logger.info({ tenant: caller.tenant, ...receipt }, 'a user was erased');
  return receipt;
}

/** Reads from the start again and again, because what is deleted leaves the list. */
async function deleteSessionsOf(
  engine: Engine,
  caller: Caller,
  filter: SessionFilter,
): Promise<{ sessionsDeleted: number; messagesDeleted: number }> {
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  const deleted = { sessionsDeleted: 0, messagesDeleted: 0 };
  for (;;) {
    const { sessions } = engine.store;
    const found = await sessions.list(caller.tenant, filter, order, null, SESSIONS_PER_READ, caller.signal);
    if (found.length === 0) return deleted;
    const counts = await deleteListed(engine, caller, { records: found, reason: 'ERASURE' });
    deleted.sessionsDeleted += counts.sessionsDeleted;
    deleted.messagesDeleted += counts.messagesDeleted;
  }
}
