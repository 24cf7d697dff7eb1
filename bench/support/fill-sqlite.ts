import { randomBytes } from 'node:crypto';
import { openCommitCount } from '../../src/adapters/sqlite/commit-count.ts';
import { encodeCommit } from '../../src/adapters/sqlite/commit-encoding.ts';
import { type Connection, openConnection } from '../../src/adapters/sqlite/connection.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { CommitWrite } from '../../src/adapters/sqlite/write.ts';
import { Writer } from '../../src/adapters/sqlite/writer.ts';
import { specOf } from '../../src/contract/calls.ts';
import type { Basis } from '../../src/model/basis.ts';
import type { Call, SessionSpec } from '../../src/model/call.ts';
import { decide } from '../../src/model/decide/decide.ts';
import { runIdFrom, UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../../src/model/ids.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../src/model/limits.ts';
import type { NewMessage } from '../../src/model/message.ts';

/** SessionsToFill says which sessions are made, and with which messages each; `place` counts them from 0. */
export interface SessionsToFill {
  count: number;
  idOf(place: number): string;
  messagesOf(place: number): readonly NewMessage[];
  /** When all of them were started, and how long they live, in ms; absent = now, and as long as the service has it. */
  life?: { startedAt: number; ttlMs: number };
}

const TRANSACTION_SESSIONS = 1000;
const settings = { limits: DEFAULT_LIMITS, terms: DEFAULT_TERMS_POLICY };

/**
 * Makes sessions in a SQLite file that no process uses: with the decisions, rows and checksums of the service, but in
 * transactions of thousands on this thread, and nothing synced. None of them may be there already.
 */
export async function fillSqlite(path: string, wanted: SessionsToFill): Promise<void> {
  await (await openSqliteStore({ path })).close();
  const commitCount = openCommitCount(path, 'NORMAL');
  const writer = new Writer({ path, open: () => openUnsynced(path), commitCount });
  for (let from = 0; from < wanted.count; from += TRANSACTION_SESSIONS) {
    const length = Math.min(TRANSACTION_SESSIONS, wanted.count - from);
    run(
      writer,
      Array.from({ length }, (_, index) => startOf(wanted, from + index)),
    );
  }
  writer.close();
  commitCount.close();
}

function openUnsynced(path: string): Connection {
  const connection = openConnection({ role: 'writer', path, synchronous: 'NORMAL' });
  connection.database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000');
  return connection;
}

function run(writer: Writer, writes: readonly CommitWrite[]): void {
  const result = writer.run(writes);
  const isCommitted =
    result.state === 'committed' && result.results.every((each) => 'answer' in each && each.answer === 'committed');
  if (!isCommitted) throw new Error(`sessions were not made: ${JSON.stringify(result).slice(0, 500)}`);
}

function startOf({ idOf, messagesOf, life }: SessionsToFill, place: number): CommitWrite {
  const basis = absentBasis(idOf(place));
  const terms = life === undefined ? {} : { ttlMs: life.ttlMs, dormantAfterMs: life.ttlMs, expiringLeadMs: 0 };
  const call = startCall(specOf({ terms }), messagesOf(place));
  const time = { now: life?.startedAt ?? Date.now(), uncertaintyMs: 0, outages: [] };
  const { changes, events } = decide(basis, call, time, settings);
  if (changes === null) throw new Error(`${basis.sessionId} was refused`);
  return encodeCommit(basis, changes, events);
}

function absentBasis(sessionId: string): Basis {
  return {
    tenant: 'default',
    sessionId,
    header: null,
    recorded: new Map(),
    oldestRecorded: [],
    toolCalls: new Map(),
    claims: new Map(),
  };
}

function startCall(spec: SessionSpec, messages: readonly NewMessage[]): Call {
  return {
    kind: 'append',
    fresh: { uid: uidFrom(freshBytes()), runId: runIdFrom(freshBytes()) },
    messages: [...messages],
    state: { set: {}, remove: [] },
    startIfMissing: { spec, claims: [] },
    cut: null,
    isImport: true,
  };
}

/** Random bytes are drawn for many: each draw costs as much as the rest of a decision. */
function freshBytes(): Uint8Array {
  if (taken === drawn.byteLength) {
    drawn = randomBytes(drawn.byteLength);
    taken = 0;
  }
  taken += UNIQUE_ID_RANDOM_BYTES;
  return drawn.subarray(taken - UNIQUE_ID_RANDOM_BYTES, taken);
}

let drawn = randomBytes(1024 * UNIQUE_ID_RANDOM_BYTES);
let taken = 0;
