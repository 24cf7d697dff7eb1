import { createCachedStore } from '../../../src/adapters/cached/store.ts';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { sampleHeader, sampleMessages, sampleRecordedCall } from '../../../src/contract/samples.ts';
import { nextHeader } from '../../../src/contract/stage.ts';
import { type Basis, type BasisNeeds, type Changes, changesWith } from '../../../src/model/basis.ts';
import type { SessionHeader } from '../../../src/model/session.ts';
import type { Cache } from '../../../src/ports/cache.ts';
import type { CommitOutcome, SessionStore } from '../../../src/ports/session-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { replace } from '../../contract/replace.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silence } from './silence.ts';

/** The tenant of all sessions here. */
export const TENANT = 'acme';

/** Any age will do. */
export const ANY_AGE = Number.POSITIVE_INFINITY;

/** Scene is a store that instances share, each behind a cache of its own; it counts what reaches the store. */
export class Scene {
  readonly clock = new ManualClock();
  loads = 0;
  commits = 0;
  /** What a commit is answered with, instead of what became of it. */
  outcome: CommitOutcome | Error | null = null;
  /** Holds back answers of the store while it is set: the store has done its work by then. */
  gate: Promise<void> | null = null;
  readonly #store: Store = openMemoryStore();

  /** Adds an instance; `isExclusive` = it is the only one. */
  join(options: { cache?: Cache; entriesMax?: number; bytesMax?: number; isExclusive?: boolean } = {}): Instance {
    const { isExclusive = false, ...rest } = options;
    const store: Store = { ...this.#store, isExclusive, sessions: this.#watchedSessions() };
    return new Instance(createCachedStore({ store, clock: this.clock, ...silence, ...rest }));
  }

  #watchedSessions(): SessionStore {
    return replace(this.#store.sessions, ({ load, commit }) => ({
      load: async (...query) => {
        this.loads += 1;
        const basis = await load(...query);
        await this.gate;
        return basis;
      },
      commit: async (...query) => {
        this.commits += 1;
        const outcome = await commit(...query);
        await this.gate;
        if (this.outcome instanceof Error) throw this.outcome;
        return this.outcome ?? outcome;
      },
    }));
  }
}

/** Instance is one process' cached store, in short words. */
export class Instance {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  load(sessionId: string, maxAgeMs: number, needs: BasisNeeds = {}): Promise<Basis> {
    return this.store.sessions.load(TENANT, sessionId, needs, { maxAgeMs });
  }

  /** Loads as the basis of an append with a request id that was never used. */
  basis(sessionId: string, maxAgeMs: number = ANY_AGE): Promise<Basis> {
    return this.load(sessionId, maxAgeMs, { requestIds: ['a new one'], toolCallIds: ['a new call'], state: true });
  }

  /** Commits a session's first header with three messages. */
  async start(sessionId: string, overrides: Partial<SessionHeader> = {}): Promise<void> {
    const basis = await this.load(sessionId, 0);
    const header = sampleHeader({ tenant: TENANT, sessionId, lastSequence: 3, ...overrides });
    await this.commit(basis, changesWith(header, { messages: sampleMessages(1, 3) }));
  }

  /** Appends a message on a basis; the session remembers `digest-<sequence>`. */
  append(basis: Basis, changes: Partial<Changes> = {}): Promise<CommitOutcome> {
    const before = basis.header as SessionHeader;
    const sequence = before.lastSequence + 1;
    const header = nextHeader(before, { lastSequence: sequence, version: before.version + 1 });
    const messages = sampleMessages(sequence, sequence);
    const recorded = [sampleRecordedCall(sequence)];
    return this.commit(basis, changesWith(header, { messages, recorded, ...changes }));
  }

  /** Moves the idle limit by so much. */
  slide(basis: Basis, ms: number): Promise<CommitOutcome> {
    const before = basis.header as SessionHeader;
    const deadlines = { ...before.deadlines, dormantAt: before.deadlines.dormantAt + ms };
    return this.commit(basis, changesWith({ ...before, deadlines }, { isSlide: true }));
  }

  commit(basis: Basis, changes: Changes): Promise<CommitOutcome> {
    return this.store.sessions.commit(basis, changes, []);
  }
}

/** Opens a gate that holds until it is let go. */
export function closeGate(scene: Scene): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  scene.gate = promise;
  return () => {
    scene.gate = null;
    resolve();
  };
}
