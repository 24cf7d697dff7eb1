import type { DueSession } from '../../ports/session-store.ts';
import { compareText } from './compare-text.ts';
import type { TenantRecords } from './records.ts';

/** Returns what is due and after the cursor, taking turns among tenants: every tenant's earliest first. */
export function selectDue(
  tenants: ReadonlyMap<string, TenantRecords>,
  dueBefore: number,
  after: DueSession | null,
): DueSession[] {
  return [...tenants]
    .flatMap(([tenant, records]) =>
      dueOf(tenant, records)
        .filter((due) => due.dueAt <= dueBefore && (after === null || compareDue(due, after) > 0))
        .sort(compareDue)
        .map((due, turn) => ({ due, turn })),
    )
    .sort((one, other) => one.turn - other.turn || compareDue(one.due, other.due))
    .map(({ due }) => due);
}

function dueOf(tenant: string, { sessions }: TenantRecords): DueSession[] {
  return [...sessions.values()].flatMap(({ header: { sessionId, dueAt } }) =>
    dueAt === null ? [] : [{ tenant, sessionId, dueAt }],
  );
}

function compareDue(one: DueSession, other: DueSession): number {
  return (
    one.dueAt - other.dueAt || compareText(one.tenant, other.tenant) || compareText(one.sessionId, other.sessionId)
  );
}
