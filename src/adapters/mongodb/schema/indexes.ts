import type { Collections } from '../database/documents.ts';

/** Index is one index as the server is asked to make it: keys in their order, and what makes it special. */
export interface Index {
  key: Record<string, 1 | -1>;
  unique?: true;
  /** Only documents that have the field are in it. */
  sparse?: true;
  partialFilterExpression?: Record<string, unknown>;
  /** 0 = removed as soon as the instant in the field is past (architecture.md: garbage collection, never the clock). */
  expireAfterSeconds?: 0;
}

const GARBAGE: Index = { key: { gcAt: 1 }, expireAfterSeconds: 0 };

/** INDEXES are those of each collection; schema.ts makes what is missing. */
export const INDEXES: Readonly<Record<keyof Collections, readonly Index[]>> = {
  sessions: [
    { key: { uid: 1 } },
    { key: { dueAt: 1, t: 1, sid: 1 }, partialFilterExpression: { dueAt: { $exists: true } } },
    { key: { 'outbox.at': 1 }, sparse: true },
    { key: { moveAt: 1 }, sparse: true },
    { key: { 'gone.at': 1 }, sparse: true },
    { key: { t: 1, createdAt: -1, sid: -1 } },
    { key: { t: 1, lastAt: -1, sid: -1 } },
    { key: { t: 1, user: 1, lastAt: -1, sid: -1 } },
    { key: { t: 1, agent: 1, lastAt: -1, sid: -1 } },
    { key: { t: 1, ckey: 1 }, partialFilterExpression: { ckey: { $exists: true } } },
    GARBAGE,
  ],
  messages: [
    { key: { t: 1, terms: 1, at: -1 } },
    { key: { uid: 1, mid: 1 }, partialFilterExpression: { mid: { $exists: true } } },
    { key: { uid: 1, turn: 1, n: 1 }, partialFilterExpression: { turn: { $exists: true } } },
    GARBAGE,
  ],
  bodies: [{ key: { at: 1 }, partialFilterExpression: { message: { $exists: true } } }, GARBAGE],
  calls: [GARBAGE],
  claims: [GARBAGE],
  session_events: [
    { key: { t: 1, n: 1 }, unique: true },
    { key: { t: 1, eid: 1 }, unique: true },
    { key: { rec: 1, t: 1 } },
    GARBAGE,
  ],
  agents: [{ key: { updatedAt: 1 } }],
  meta: [],
};

/** Returns the name of an index as the server would name it: `t_1_n_1`. */
export function indexName({ key }: Index): string {
  return Object.entries(key).flat().join('_');
}
