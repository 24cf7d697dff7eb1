import type { DueSession, SessionCursor } from '../../ports/session-store.ts';
import type { Store } from '../../ports/store.ts';
import type { SessionPlace } from './whole-session.ts';

const PAGE = 500;

/** Lists every session of a tenant, the oldest first. */
export async function* listSessions({ sessions }: Store, tenant: string): AsyncGenerator<SessionPlace> {
  let after: SessionCursor | null = null;
  for (;;) {
    const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
    const page = await sessions.list(tenant, {}, order, after, PAGE);
    for (const { header } of page) yield { tenant, sessionId: header.sessionId };
    const last = page.at(-1)?.header;
    if (last === undefined || page.length < PAGE) return;
    after = { at: last.createdAt, sessionId: last.sessionId };
  }
}

/**
 * Lists the sessions and tombstones of all tenants at which time will have something to do: all tombstones, and all
 * sessions but those that are DORMANT and never expire, or are kept for ever.
 */
export async function* listDue({ sessions }: Store): AsyncGenerator<SessionPlace> {
  const lastOf = new Map<string, DueSession>();
  let after: DueSession | null = null;
  for (;;) {
    const page: DueSession[] = await sessions.findDue(Number.MAX_SAFE_INTEGER, PAGE, after);
    const endOf = new Map(page.map((due) => [due.tenant, due]));
    for (const due of page) {
      const last = lastOf.get(due.tenant);
      if (last === undefined || isBefore(last, due)) yield due;
    }
    for (const [tenant, due] of endOf) lastOf.set(tenant, due);
    if (page.length < PAGE) return;
    // Tenants take turns: beyond the place that is reached in every one of them, nothing was left out.
    after = [...endOf.values()].reduce((first, due) => (isBefore(due, first) ? due : first));
  }
}

function isBefore(one: DueSession, other: DueSession): boolean {
  if (one.dueAt !== other.dueAt) return one.dueAt < other.dueAt;
  if (one.tenant !== other.tenant) return one.tenant < other.tenant;
  return one.sessionId < other.sessionId;
}
