import type { Basis, BasisNeeds, Changes } from '../../model/basis.ts';
import type { SessionEvent } from '../../model/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { CommitOutcome, LoadOptions, SessionStore } from '../../ports/session-store.ts';
import type { CacheLayerFigures } from '../../ports/store.ts';
import { beginEntry, carryOn, slideOn } from './carry-on.ts';
import { basisFromEntry, type Entry, entryFromBasis, hasAll, mergeEntries, narrowBasis, WHOLE_ENTRY } from './entry.ts';
import { type Flight, Flights } from './flights.ts';
import { LayerTally } from './layer-tally.ts';
import type { SharedEntries } from './shared-entries.ts';
import type { Shelf } from './shelf.ts';

/** CachedSessionsOptions: what is cached, in what, and for how long it is fresh. */
export interface CachedSessionsOptions {
  sessions: SessionStore;
  /** True = nobody else writes: what this process holds is as the store has it. */
  isExclusive: boolean;
  shelf: Shelf;
  /** Absent = entries are shared with nobody. */
  shared?: SharedEntries;
  clock: Pick<Clock, 'monotonicMs'>;
  metrics: Metrics;
  /** Within this an own entry is not worth asking the instances' cache for a newer one, in ms. */
  freshMs: number;
}

/**
 * CachedSessionStore loads from entries where a load allows it, and keeps them going with its own commits. README.md
 * tells why what it answers is never older than it says.
 */
export class CachedSessionStore implements SessionStore {
  /** Past the cache: what is asked for so is nothing that it has. */
  readonly loadHeaders?: SessionStore['loadHeaders'];
  readonly #options: CachedSessionsOptions;
  readonly #flights = new Flights();
  readonly #near: LayerTally;
  readonly #far: LayerTally;
  #isClosed = false;

  constructor(options: CachedSessionsOptions) {
    this.#options = options;
    this.loadHeaders = options.sessions.loadHeaders?.bind(options.sessions);
    this.#near = new LayerTally('process', options.metrics);
    this.#far = new LayerTally('shared', options.metrics);
  }

  async load(tenant: string, sessionId: string, needs: BasisNeeds, options: LoadOptions = {}): Promise<Basis> {
    const { maxAgeMs = 0, signal } = options;
    signal?.throwIfAborted();
    const load: SessionLoad = { key: keyOf(tenant, sessionId), tenant, sessionId, needs, maxAgeMs, signal };
    if (!this.#mayBeCached(load)) return this.#ask(load);
    const near = this.#answerNear(load);
    const known = near.mayBeBehind ? ((await this.#loadShared(load)) ?? near.answer) : near.answer;
    return known ?? this.#joinOrAsk(load);
  }

  async commit(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<CommitOutcome> {
    const { sessions, shelf, clock } = this.#options;
    const key = keyOf(basis.tenant, basis.sessionId);
    const flight = this.#flights.open(key, clock.monotonicMs());
    const before = shelf.peek(key);
    let outcome: CommitOutcome = 'unknown';
    try {
      outcome = await sessions.commit(basis, changes, events, signal);
      return outcome;
    } finally {
      this.#flights.close(key, flight);
      this.#flights.overtake(key);
      // An overtaken commit cannot tell whether its own entry is the latest: only one on the shelf goes on.
      const known = shelf.peek(key) ?? (flight.isOvertaken ? undefined : before);
      const entry = outcome === 'committed' ? entryAfter(known, basis, changes, flight) : null;
      if (entry === null) shelf.drop(key);
      else this.#keep(key, entry);
    }
  }

  list: SessionStore['list'] = (...query) => this.#options.sessions.list(...query);

  summaries: SessionStore['summaries'] = (...query) => this.#options.sessions.summaries(...query);

  findClaim: SessionStore['findClaim'] = (...query) => this.#options.sessions.findClaim(...query);

  findDue: SessionStore['findDue'] = (...query) => this.#options.sessions.findDue(...query);

  countDue: SessionStore['countDue'] = (dueBefore) => this.#options.sessions.countDue(dueBefore);

  forget: SessionStore['forget'] = (...tombstone) => this.#options.sessions.forget(...tombstone);

  /** Tells what the layers did, nearest first. */
  figures(): CacheLayerFigures[] {
    const { shelf, shared } = this.#options;
    const near = { ...this.#near.figures(), entryCount: shelf.entryCount };
    return shared === undefined ? [near] : [near, { ...this.#far.figures(), entryCount: 0 }];
  }

  /** Answers nothing from entries any more. */
  close(): void {
    this.#isClosed = true;
    this.#options.shelf.clear();
  }

  /** Who holds a claim, and what else there is to remember, the store alone tells. */
  #mayBeCached({ needs, maxAgeMs }: SessionLoad): boolean {
    return maxAgeMs > 0 && !this.#isClosed && !needs.memory && (needs.claims ?? []).length === 0;
  }

  /** Answers from what is known here, null where that does not do, and tells whether another instance may know of more. */
  #answerNear(load: SessionLoad): { answer: Basis | null; mayBeBehind: boolean } {
    const { shared, freshMs } = this.#options;
    const near = this.#options.shelf.get(load.key);
    const answer = near === undefined ? null : this.#answerFrom(near, load);
    this.#near.count(near === undefined ? 'miss' : answer === null ? this.#lackOf(near, load) : 'hit');
    // Another instance may have gone on with the session, and may have put what it left.
    const isAged = near === undefined || this.#ageOf(near) > freshMs;
    return { answer, mayBeBehind: shared !== undefined && load.maxAgeMs === Number.POSITIVE_INFINITY && isAged };
  }

  async #loadShared(load: SessionLoad): Promise<Basis | null> {
    const { shelf, clock, shared } = this.#options;
    if (shared === undefined) return null;
    const flight = this.#flights.open(load.key, clock.monotonicMs());
    const far = await shared.find(load.tenant, load.sessionId).finally(() => this.#flights.close(load.key, flight));
    load.signal?.throwIfAborted();
    const near = shelf.peek(load.key);
    const isUsable = far !== null && !flight.isOvertaken && (near === undefined || isLater(far, near));
    if (isUsable && !this.#isClosed) shelf.set(load.key, far);
    const answer = isUsable ? this.#answerFrom(far, load) : null;
    this.#far.count(answer !== null ? 'hit' : far === null ? 'miss' : isUsable ? 'partial' : 'stale');
    return answer;
  }

  /** Joins a load of another caller that was sent recently enough, or else asks, without a gap in which two would. */
  async #joinOrAsk(load: SessionLoad): Promise<Basis> {
    const sentSinceMs = this.#options.clock.monotonicMs() - load.maxAgeMs;
    const flight = this.#flights.findLoad(load.key, sentSinceMs);
    const joined = flight?.entry === undefined ? null : await this.#answerAfter(flight.entry, load);
    return joined ?? this.#ask(load);
  }

  async #answerAfter(underWay: Promise<Entry | null>, load: SessionLoad): Promise<Basis | null> {
    const { shelf } = this.#options;
    const loaded = await underWay;
    load.signal?.throwIfAborted();
    // What it brought may have gone on already.
    const entry = shelf.peek(load.key) ?? loaded;
    return entry === null || this.#isClosed ? null : this.#answerFrom(entry, load);
  }

  /** Asks the store; what it answers goes onto the shelf unless a commit of this process was answered meanwhile. */
  async #ask({ key, tenant, sessionId, needs, signal }: SessionLoad): Promise<Basis> {
    const { sessions, isExclusive, clock } = this.#options;
    // Over a network everything costs one round trip; an embedded store takes twenty times as long for it.
    const wanted = isExclusive ? needs : { ...needs, ...WHOLE_ENTRY };
    const flight = this.#flights.open(key, clock.monotonicMs());
    const { promise, resolve } = Promise.withResolvers<Entry | null>();
    if (!isExclusive) flight.entry = promise;
    let entry: Entry | null = null;
    try {
      const basis = await sessions.load(tenant, sessionId, wanted, { signal });
      entry = this.#take(key, basis, flight);
      return isExclusive ? basis : narrowBasis(basis, needs);
    } finally {
      this.#flights.close(key, flight);
      resolve(entry);
    }
  }

  /** Takes what the store answered; returns its entry, null where it has none. */
  #take(key: string, basis: Basis, flight: Flight): Entry | null {
    const { shelf } = this.#options;
    const { sentAtMs, isOvertaken } = flight;
    const loaded = entryFromBasis(basis, sentAtMs);
    if (this.#isClosed) return loaded;
    const kept = shelf.peek(key);
    if (isOvertaken && !isLaterRevision(loaded, kept)) return loaded;
    if (loaded === null) shelf.drop(key);
    else if (kept === undefined || isNews(loaded, kept)) this.#keep(key, loaded);
    else if (isSameRevision(kept, loaded)) this.#keep(key, mergeEntries(kept, basis, sentAtMs));
    return loaded;
  }

  #keep(key: string, entry: Entry): void {
    const { shelf, shared } = this.#options;
    if (this.#isClosed) return;
    shelf.set(key, entry);
    shared?.note(key, entry);
  }

  #answerFrom(entry: Entry, { needs, maxAgeMs }: SessionLoad): Basis | null {
    const ageMs = this.#ageOf(entry);
    if (ageMs > maxAgeMs || !hasAll(entry, needs)) return null;
    return this.#options.isExclusive ? basisFromEntry(entry, needs) : basisFromEntry(entry, needs, ageMs);
  }

  #lackOf(entry: Entry, { maxAgeMs }: SessionLoad): 'stale' | 'partial' {
    return this.#ageOf(entry) > maxAgeMs ? 'stale' : 'partial';
  }

  /** Where nobody else writes nothing ages. */
  #ageOf({ sentAtMs }: Entry): number {
    return this.#options.isExclusive ? 0 : this.#options.clock.monotonicMs() - sentAtMs;
  }
}

/** SessionLoad is one load with its bounds. */
interface SessionLoad {
  key: string;
  tenant: string;
  sessionId: string;
  needs: BasisNeeds;
  maxAgeMs: number;
  signal: AbortSignal | undefined;
}

/** Tenants and ids hold no such character. */
function keyOf(tenant: string, sessionId: string): string {
  return `${tenant}\n${sessionId}`;
}

/** Returns the entry that follows a commit; null where nothing is known for sure, and for what goes dormant or ends. */
function entryAfter(known: Entry | undefined, basis: Basis, changes: Changes, flight: Flight): Entry | null {
  const { header, isSlide } = changes;
  if (header.isTombstone || header.status !== 'ACTIVE') return null;
  if (basis.header === null || basis.header.uid !== header.uid) return entryOfNewLife(known, changes, flight);
  if (known === undefined || known.header.uid !== header.uid) return null;
  // A load that was answered before this commit may have seen it already.
  if (known.header.rev > basis.header.rev) return known.header.rev >= header.rev ? known : null;
  if (known.header.rev < basis.header.rev) return null;
  return isSlide ? slideOn(known, changes) : carryOn(known, changes, flight.sentAtMs);
}

/** A load that was sent meanwhile may have seen the new life and what others made of it; of yet another nobody can tell. */
function entryOfNewLife(known: Entry | undefined, changes: Changes, { sentAtMs, isOvertaken }: Flight): Entry | null {
  if (known?.header.uid === changes.header.uid) return known;
  const isBefore = known === undefined || (known.sentAtMs < sentAtMs && !isLater(known, changes));
  return isBefore && !isOvertaken ? beginEntry(changes, sentAtMs) : null;
}

/** Tells whether a load brought what no own commit has reached: whoever asked is told of it, and reads nothing older later. */
function isLaterRevision(loaded: Entry | null, kept: Entry | undefined): boolean {
  return loaded?.header.uid === kept?.header.uid && (loaded?.header.rev ?? 0) > (kept?.header.rev ?? 0);
}

function isSameRevision({ header: one }: Entry, { header: other }: Entry): boolean {
  return one.uid === other.uid && one.rev === other.rev;
}

/** Tells whether a load brought another life than the one that is kept, or a later revision of it. */
function isNews(loaded: Entry, kept: Entry): boolean {
  return loaded.header.uid === kept.header.uid ? isLater(loaded, kept) : loaded.sentAtMs >= kept.sentAtMs;
}

/** Tells whether an entry is of a later revision, or life, than another. */
function isLater({ header: one }: Pick<Entry, 'header'>, { header: other }: Pick<Entry, 'header'>): boolean {
  return one.uid === other.uid ? one.rev > other.rev : one.createdAt > other.createdAt;
}
