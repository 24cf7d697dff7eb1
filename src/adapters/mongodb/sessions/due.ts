import type { DueSession } from '../../../ports/session-store.ts';
import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';

/** A backlog up to this many times of what is asked for is read whole. */
const WHOLE = 4;

const IN_ORDER = { dueAt: 1, t: 1, sid: 1 } as const;
const DUE_FIELDS = { t: 1, sid: 1, dueAt: 1 };

/** Reads due sessions, taking turns among tenants: a usual backlog by one query, a large one tenant by tenant. */
export async function findDue(
  context: MongoContext,
  dueBefore: number,
  limit: number,
  after: DueSession | null,
): Promise<DueSession[]> {
  if (limit <= 0) return [];
  const filter = dueFilter(dueBefore, after);
  const first = await readDue(context, filter, WHOLE * limit);
  const isWhole = first.length < WHOLE * limit;
  return inTurns(isWhole ? first : await readEach(context, filter, limit)).slice(0, limit);
}

/** Counts due sessions and tombstones. */
export function countDue({ collections }: MongoContext, dueBefore: number): Promise<number> {
  return collections.sessions.count(dueFilter(dueBefore, null));
}

function dueFilter(dueBefore: number, after: DueSession | null): Filter {
  if (after === null) return { dueAt: { $lte: dueBefore } };
  const { dueAt, tenant, sessionId } = after;
  const beyond = [
    { dueAt: { $gt: dueAt } },
    { dueAt, t: { $gt: tenant } },
    { dueAt, t: tenant, sid: { $gt: sessionId } },
  ];
  return { dueAt: { $gte: dueAt, $lte: dueBefore }, $or: beyond };
}

async function readDue({ collections }: MongoContext, filter: Filter, limit: number): Promise<DueSession[]> {
  const found = await collections.sessions.find(filter, { projection: DUE_FIELDS, sort: IN_ORDER, limit });
  return found.map(dueSessionOf);
}

/** Of more tenants than are asked for sessions only those with the earliest can have a turn. */
async function readEach(context: MongoContext, filter: Filter, limit: number): Promise<DueSession[]> {
  const tenants = await context.collections.sessions.aggregate<{ _id: string }>([
    { $match: filter },
    { $group: { _id: '$t', firstAt: { $min: '$dueAt' } } },
    { $sort: { firstAt: 1, _id: 1 } },
    { $limit: limit },
  ]);
  const found: DueSession[] = [];
  for (const { _id: tenant } of tenants) {
    found.push(...(await readDue(context, { ...filter, t: tenant }, limit)));
  }
  return found;
}

function inTurns(found: readonly DueSession[]): DueSession[] {
  const turns = new Map<string, number>();
  return found
    .map((due) => {
      const turn = turns.get(due.tenant) ?? 0;
      turns.set(due.tenant, turn + 1);
      return { due, turn };
    })
    .sort((one, other) => one.turn - other.turn || compareDue(one.due, other.due))
    .map(({ due }) => due);
}

function compareDue(one: DueSession, other: DueSession): number {
  return (
    one.dueAt - other.dueAt || compareText(one.tenant, other.tenant) || compareText(one.sessionId, other.sessionId)
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function dueSessionOf({ t, sid, dueAt = 0 }: SessionDocument): DueSession {
  return { tenant: t, sessionId: sid, dueAt };
}
