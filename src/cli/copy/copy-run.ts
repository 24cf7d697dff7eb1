import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentActivity } from '../../model/activity.ts';
import { digestContent } from '../../model/request-digest.ts';
import { SessionError } from '../../model/session-error.ts';
import { type CopyRoute, copySession } from './copy-session.ts';
import { digestSession } from './digest-session.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { listDue, listSessions } from './list-places.ts';
import { memoryIdsOf, readWholeSession, type SessionPlace } from './whole-session.ts';

/** CopyTally counts what became of what the source has. */
export interface CopyTally {
  copied: number;
  /** Was in the target already. */
  unchanged: number;
  tombstones: number;
  agents: number;
  /** Sessions of which the target remembers fewer request ids or tool calls than the source. */
  forgetful: number;
  refused: number;
}

/** CopyRunOptions is what a copy works with. */
export interface CopyRunOptions extends CopyRoute {
  /** The tenants that are known by name; those whose sessions have work ahead are found anyway. */
  tenants: readonly string[];
  signal: AbortSignal;
  /** Told of each session that cannot be copied, or is not the same afterwards, and why. */
  onRefusal(place: SessionPlace, reason: string): void;
  onProgress(done: number): void;
}

/** VerifiedCopy is what was found the same on both sides; the hash is over all of it, in the order of ids. */
export interface VerifiedCopy {
  sessions: number;
  messages: number;
  hash: string;
}

const AT_ONCE = 16;

/** A store that is away is tried again for a while: elections take some seconds. */
const ATTEMPTS_MAX = 10;
const RETRY_MS = 1000;
const AGENTS_PAGE = 500;

/** CopyRun copies everything that a store keeps of sessions and agents to another one, and then compares the two. */
export class CopyRun {
  readonly tally: CopyTally = { copied: 0, unchanged: 0, tombstones: 0, agents: 0, forgetful: 0, refused: 0 };
  readonly #options: CopyRunOptions;
  readonly #tenants: Set<string>;
  /** The places of tombstones, as far as they are not known to be sessions. */
  readonly #dueKeys = new Map<string, SessionPlace>();

  constructor(options: CopyRunOptions) {
    this.#options = options;
    this.#tenants = new Set(options.tenants);
  }

  /** Copies all; throws what stands in the way of every session. */
  async copy(): Promise<void> {
    const { source, signal } = this.#options;
    for await (const place of listDue(source)) {
      this.#tenants.add(place.tenant);
      this.#dueKeys.set(keyOf(place), place);
    }
    const copyOne = (place: SessionPlace) => this.#guard(place, () => this.#copyOne(place));
    await forEachAtOnce(this.#sessions(), AT_ONCE, copyOne);
    await forEachAtOnce(tombstones(this.#dueKeys, signal), AT_ONCE, copyOne);
    for (const tenant of this.#tenants) await this.#copyAgents(tenant);
  }

  /** Compares every session of both stores; what differs is refused. */
  async verify(): Promise<VerifiedCopy> {
    const digests = new Map<string, string>();
    let messages = 0;
    await forEachAtOnce(this.#sessions(), AT_ONCE, (place) =>
      this.#guard(place, async () => {
        const found = await this.#compare(place);
        if (found === null) return;
        digests.set(keyOf(place), found.digest);
        messages += found.messageCount;
        this.#options.onProgress(digests.size);
      }),
    );
    const hash = createHash('sha256');
    for (const key of [...digests.keys()].sort()) hash.update(`${key} ${digests.get(key)}\n`);
    return { sessions: digests.size, messages, hash: hash.digest('hex') };
  }

  /** Counts the sessions of the source that belong to tenants which are not known. */
  async countUnreached(): Promise<number> {
    const census = await this.#options.source.statistics.census();
    const there = census.reduce((sum, { sessionCount }) => sum + sessionCount, 0);
    let reached = 0;
    for await (const _ of this.#sessions()) reached += 1;
    return Math.max(0, there - reached);
  }

  async *#sessions(): AsyncGenerator<SessionPlace> {
    const { source, signal } = this.#options;
    for (const tenant of [...this.#tenants].sort()) {
      for await (const place of listSessions(source, tenant)) {
        if (signal.aborted) return;
        this.#dueKeys.delete(keyOf(place));
        yield place;
      }
    }
  }

  async #copyOne(place: SessionPlace): Promise<void> {
    const whole = await readWholeSession(this.#options.source, place);
    if (whole === null) return;
    if (whole.isMemoryPartial) this.tally.forgetful += 1;
    const isCopied = await copySession(this.#options, place, whole);
    if (!isCopied) this.tally.unchanged += 1;
    else if (whole.header.isTombstone) this.tally.tombstones += 1;
    else this.tally.copied += 1;
    this.#options.onProgress(this.tally.copied + this.tally.unchanged);
  }

  async #compare(place: SessionPlace) {
    const { source, target } = this.#options;
    const original = await readWholeSession(source, place);
    if (original === null) return null;
    const copy = await readWholeSession(target, place, memoryIdsOf(original));
    if (copy === null) throw differs('is not in the target');
    const [expected, found] = await Promise.all([digestSession(source, original), digestSession(target, copy)]);
    if (expected.digest !== found.digest) throw differs('is not the same in the target');
    return expected;
  }

  async #copyAgents(tenant: string): Promise<void> {
    const { source, signal } = this.#options;
    for (let after = ''; !signal.aborted; ) {
      const page = await source.agents.list(tenant, after, AGENTS_PAGE);
      for (const activity of page) await this.#copyAgent(activity);
      if (page.length < AGENTS_PAGE) return;
      after = page.at(-1)!.agentId;
    }
  }

  async #copyAgent(activity: AgentActivity): Promise<void> {
    const { tenant, agentId } = activity;
    const { agents } = this.#options.target;
    const stored = await agents.load(tenant, agentId);
    const isThere = stored !== null && digestContent('agent', stored) === digestContent('agent', activity);
    if (isThere) return;
    if (stored === null && (await agents.commit(activity, 0))) this.tally.agents += 1;
    else this.#refuse({ tenant, sessionId: `agent ${agentId}` }, 'has reported something else to the target already');
  }

  /** Refuses a session for what is wrong with it alone; throws what is wrong with the stores for longer than a moment. */
  async #guard(place: SessionPlace, work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        if (error.reason !== 'STORE_UNAVAILABLE') return this.#refuse(place, error.message);
        if (attempt === ATTEMPTS_MAX) throw error;
        await sleep(error.retryAfterMs ?? RETRY_MS);
      }
    }
  }

  #refuse(place: SessionPlace, reason: string): void {
    this.tally.refused += 1;
    this.#options.onRefusal(place, reason);
  }
}

function differs(how: string): SessionError {
  return new SessionError('STORE_CONTENDED', `${how}: delete it there and copy again, or copy to an empty store`);
}

function keyOf({ tenant, sessionId }: SessionPlace): string {
  return `${tenant}/${sessionId}`;
}

async function* tombstones(places: ReadonlyMap<string, SessionPlace>, signal: AbortSignal) {
  for (const place of places.values()) {
    if (signal.aborted) return;
    yield place;
  }
}
