import type { Basis, BasisNeeds, Changes, Claim } from '../../model/basis.ts';
import type { SessionEvent } from '../../model/event.ts';
import type { SessionRecord } from '../../model/session.ts';
import type { Summary } from '../../model/summary.ts';
import type {
  CommitOutcome,
  DueSession,
  LoadOptions,
  SessionCursor,
  SessionFilter,
  SessionOrder,
  SessionStore,
} from '../../ports/session-store.ts';
import { loadBasis, readPart } from './basis.ts';
import { findHolder } from './claims.ts';
import { encodeCommit } from './commit-encoding.ts';
import type { Reader } from './reader.ts';
import type { Scanner } from './scans.ts';
import { findLife } from './session-rows.ts';
import { findTenant } from './tenants.ts';
import { UnknownOutcome, type WriteQueue } from './write-queue.ts';

/** SqliteSessionStore keeps headers in rows of `sessions` and what hangs on them in rows of their own. */
export class SqliteSessionStore implements SessionStore {
  readonly #reader: Reader;
  readonly #queue: WriteQueue;
  readonly #scanner: Scanner;
  readonly #announce: (tenant: string) => void;

  /** `announce` is told the tenant after each commit that logged events. */
  constructor(reader: Reader, queue: WriteQueue, scanner: Scanner, announce: (tenant: string) => void) {
    this.#reader = reader;
    this.#queue = queue;
    this.#scanner = scanner;
    this.#announce = announce;
  }

  async load(tenant: string, sessionId: string, needs: BasisNeeds, options: LoadOptions = {}): Promise<Basis> {
    return this.#reader.read((connection) => loadBasis(connection, tenant, sessionId, needs), options.signal);
  }

  async commit(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<CommitOutcome> {
    this.#reader.enter(signal);
    try {
      const outcome = await this.#queue.submit<'commit'>(encodeCommit(basis, changes, events), signal);
      if (outcome === 'committed' && events.length > 0) this.#announce(basis.tenant);
      return outcome;
    } catch (error) {
      if (error instanceof UnknownOutcome) return 'unknown';
      throw error;
    }
  }

  async list(
    tenant: string,
    filter: SessionFilter,
    order: SessionOrder,
    after: SessionCursor | null,
    limit: number,
    signal?: AbortSignal,
  ): Promise<SessionRecord[]> {
    const records: SessionRecord[] = [];
    for (let place: SessionCursor | null = after, isFirst = true; isFirst || place !== null; isFirst = false) {
      this.#reader.enter(signal);
      if (records.length >= limit) break;
      const scan = { tenant, filter, order, after: place, limit: limit - records.length };
      const step = await this.#scanner.scan('list', scan);
      records.push(...step.records);
      place = step.next;
    }
    return records;
  }

  async summaries(tenant: string, uid: string, signal?: AbortSignal): Promise<Summary[]> {
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return [];
      return connection.snapshot(() => {
        const life = findLife(connection, known, uid);
        return life === null ? [] : readPart<Summary[]>(connection, 'summaries', life.key, []);
      });
    }, signal);
  }

  async findClaim(tenant: string, key: string, signal?: AbortSignal): Promise<Claim | null> {
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      return known === null ? null : findHolder(connection, known, key);
    }, signal);
  }

  async findDue(dueBefore: number, limit: number, after: DueSession | null): Promise<DueSession[]> {
    this.#reader.enter();
    return this.#scanner.scan('due', { dueBefore, limit, after });
  }

  async countDue(dueBefore: number): Promise<number> {
    this.#reader.enter();
    return this.#scanner.scan('dueCount', dueBefore);
  }

  async forget(tenant: string, sessionId: string, uid: string, rev: number): Promise<void> {
    this.#reader.enter();
    await this.#queue.submit<'forget'>({ kind: 'forget', tenant, sessionId, uid, rev });
  }
}
