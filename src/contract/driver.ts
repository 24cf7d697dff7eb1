import type { Basis, Removal } from '../model/basis.ts';
import type { Answer, Call, Cut, DecideSettings } from '../model/call.ts';
import { decide } from '../model/decide/decide.ts';
import { needsOf } from '../model/decide/needs.ts';
import { isVisible } from '../model/hidden-ranges.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../model/limits.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHeader } from '../model/session.ts';
import { SessionError } from '../model/session-error.ts';
import type { StoreTime } from '../model/store-time.ts';
import type { Store } from '../ports/store.ts';
import { sweepCall } from './calls.ts';

const SETTINGS: DecideSettings = { limits: DEFAULT_LIMITS, terms: DEFAULT_TERMS_POLICY };

/** DriverOptions: the tenant and the time of each decision. */
export interface DriverOptions {
  tenant: string;
  time(): StoreTime;
}

const ATTEMPTS_MAX = 1000;

/**
 * Settles calls on a store as the service does, in the smallest way: load, decide, commit, and again on a conflict.
 * Answers what was decided, or throws its refusal; nothing is answered before the commit. What a cache holds will do as
 * the basis of a commit, for the commit tells; where nothing is to be committed, the store is asked.
 */
export class Driver {
  readonly #store: Store;
  readonly #options: DriverOptions;
  /** How many commits lost to another. */
  conflicts = 0;

  constructor(store: Store, options: DriverOptions) {
    this.#store = store;
    this.#options = options;
  }

  async submit(sessionId: string, call: Call): Promise<Answer> {
    let maxAgeMs = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const basis = await this.#loadBasis(sessionId, call, maxAgeMs);
      maxAgeMs = 0;
      const { changes, events, outcome } = decide(basis, call, this.#options.time(), SETTINGS);
      if (changes === null && basis.ageMs !== undefined) continue;
      const committed = changes === null ? 'committed' : await this.#store.sessions.commit(basis, changes, events);
      if (committed !== 'committed') {
        this.conflicts += 1;
        continue;
      }
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.answer;
    }
    throw new Error(`a call on ${sessionId} lost ${ATTEMPTS_MAX} times`);
  }

  /** Does all work that is due, as one sweeper among any number; answers the sessions it was asked to look at. */
  async sweep(): Promise<number> {
    const { sessions } = this.#store;
    const due = await sessions.findDue(this.#options.time().now, 1000, null);
    for (const { tenant, sessionId } of due.filter((each) => each.tenant === this.#options.tenant)) {
      const { header } = await sessions.load(tenant, sessionId, {});
      if (header === null) continue;
      if (header.isTombstone) await sessions.forget(tenant, sessionId, header.uid, header.rev);
      else await this.submit(sessionId, sweepCall()).catch(ignoreGone);
    }
    return due.length;
  }

  async #loadBasis(sessionId: string, call: Call, maxAgeMs: number): Promise<Basis> {
    const basis = await this.#store.sessions.load(this.#options.tenant, sessionId, needsOf(call), { maxAgeMs });
    const cut = call.kind === 'rewind' || call.kind === 'append' ? call.cut : null;
    if (cut === null || basis.header === null) return basis;
    return { ...basis, removal: await this.#removalOf(basis.header, cut) };
  }

  async #removalOf(header: SessionHeader, cut: Cut): Promise<Removal | null> {
    const whole = { afterSequence: 0, beforeSequence: header.lastSequence + 1, from: 'oldest', limit: 10_000 } as const;
    const messages = await this.#store.messages.read(header.tenant, header.uid, whole);
    const visible = messages.filter(({ sequence }) => isVisible(header.hidden, sequence));
    const firstCut = firstCutOf(visible, header, cut);
    if (firstCut === null) return null;
    const kept = visible[firstCut - 1];
    const removed = visible.slice(firstCut);
    return {
      throughSequence: kept?.sequence ?? 0,
      lastTurnId: kept?.turnId ?? '',
      messages: removed.map(({ sequence, role, tokenCount, startsTurn }) => ({
        sequence,
        role,
        tokenCount,
        startsTurn,
      })),
    };
  }
}

/** Another sweeper may have buried the session since the header was read. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof SessionError) || error.reason !== 'SESSION_NOT_FOUND') throw error;
}

/** Returns the place of the first message that a cut takes; null when it names what is not there. */
function firstCutOf(visible: StoredMessage[], header: SessionHeader, cut: Cut): number | null {
  const { length } = visible;
  switch (cut.kind) {
    case 'throughSequence':
      return cut.sequence > header.lastSequence
        ? null
        : visible.filter(({ sequence }) => sequence <= cut.sequence).length;
    case 'lastMessages':
      return Math.max(0, length - cut.count);
    case 'lastTurns': {
      const starts = visible.flatMap(({ startsTurn }, place) => (startsTurn ? [place] : []));
      return starts.at(-Math.min(cut.count, starts.length)) ?? length;
    }
    case 'turnId': {
      const place = visible.findIndex(({ turnId }) => turnId === cut.turnId);
      return place === -1 ? null : place;
    }
  }
}
