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
import { applyCommit, isCurrent } from './commit.ts';
import { selectDue } from './due.ts';
import { compareSessions, matches } from './list.ts';
import { newestMessages } from './messages.ts';
import type { Life, MemoryRecords } from './records.ts';

const OLDEST_RECORDED = 16;

/** MemorySessionStore keeps headers and what hangs on them in maps. */
export class MemorySessionStore implements SessionStore {
  readonly #records: MemoryRecords;
  readonly #announce: (tenant: string) => void;

  /** `announce` is told the tenant after each commit that logged events. */
  constructor(records: MemoryRecords, announce: (tenant: string) => void) {
    this.#records = records;
    this.#announce = announce;
  }

  async load(tenant: string, sessionId: string, needs: BasisNeeds, options: LoadOptions = {}): Promise<Basis> {
    this.#records.enter(options.signal);
    const { sessions } = this.#records.of(tenant);
    const life = sessions.get(sessionId);
    const claims = (needs.claims ?? []).map((key) => this.#holderOf(tenant, key)).filter((claim) => claim !== null);
    return structuredClone({
      tenant,
      sessionId,
      header: life?.header ?? null,
      ...(life === undefined || life.header.isTombstone ? {} : partsOf(life, needs)),
      recorded: needs.memory ? new Map(life?.recorded) : pick(life?.recorded, needs.requestIds),
      oldestRecorded: [...(life?.recorded.values() ?? [])]
        .sort((one, other) => one.number - other.number)
        .slice(0, OLDEST_RECORDED)
        .map(({ number, keepUntil }) => ({ number, keepUntil })),
      toolCalls: needs.memory ? new Map(life?.toolCalls) : pick(life?.toolCalls, needs.toolCallIds),
      claims: new Map(claims.map((claim) => [claim.key, claim])),
    });
  }

  async commit(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<CommitOutcome> {
    this.#records.enter(signal);
    const records = this.#records.of(basis.tenant);
    if (!isCurrent(records, basis, changes)) return 'conflict';
    applyCommit(records, changes, events);
    if (events.length > 0) this.#announce(basis.tenant);
    return 'committed';
  }

  async list(
    tenant: string,
    filter: SessionFilter,
    order: SessionOrder,
    after: SessionCursor | null,
    limit: number,
    signal?: AbortSignal,
  ): Promise<SessionRecord[]> {
    this.#records.enter(signal);
    return [...this.#records.of(tenant).livesByUid.values()]
      .filter((life) => matches(life, filter))
      .map((life) => ({ at: life.header[order.by], sessionId: life.header.sessionId, life }))
      .filter((entry) => after === null || compareSessions(order, entry, after) > 0)
      .sort((one, other) => compareSessions(order, one, other))
      .slice(0, limit)
      .map(({ life: { header, details, state } }) => structuredClone({ header, details, state }));
  }

  async summaries(tenant: string, uid: string, signal?: AbortSignal): Promise<Summary[]> {
    this.#records.enter(signal);
    return structuredClone(this.#records.of(tenant).livesByUid.get(uid)?.summaries ?? []);
  }

  async findClaim(tenant: string, key: string, signal?: AbortSignal): Promise<Claim | null> {
    this.#records.enter(signal);
    return structuredClone(this.#holderOf(tenant, key));
  }

  async findDue(dueBefore: number, limit: number, after: DueSession | null): Promise<DueSession[]> {
    this.#records.enter();
    return selectDue(this.#records.tenants, dueBefore, after).slice(0, limit);
  }

  async countDue(dueBefore: number): Promise<number> {
    this.#records.enter();
    return selectDue(this.#records.tenants, dueBefore, null).length;
  }

  async forget(tenant: string, sessionId: string, uid: string, rev: number): Promise<void> {
    this.#records.enter();
    const { sessions } = this.#records.of(tenant);
    const header = sessions.get(sessionId)?.header;
    if (header?.isTombstone && header.uid === uid && header.rev === rev) sessions.delete(sessionId);
  }

  #holderOf(tenant: string, key: string): Claim | null {
    const { claims, livesByUid } = this.#records.of(tenant);
    const claim = claims.get(key);
    return claim !== undefined && livesByUid.has(claim.uid) ? claim : null;
  }
}

function partsOf(life: Life, needs: BasisNeeds): Partial<Basis> {
  return {
    ...(needs.details && { details: life.details }),
    ...(needs.state && { state: life.state }),
    ...(needs.summaries && { summaries: life.summaries }),
    ...(needs.activity && { activity: life.activity }),
    ...(needs.newest && { newest: newestMessages(life) }),
    ...(needs.memory && { known: { requestIds: true, toolCalls: true } }),
  };
}

function pick<Value>(known: Map<string, Value> | undefined, keys: readonly string[] = []): Map<string, Value> {
  return new Map(keys.flatMap((key) => (known?.has(key) ? [[key, known.get(key) as Value]] : [])));
}
