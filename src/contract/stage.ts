import assert from 'node:assert/strict';
import { type Basis, type BasisNeeds, type Changes, changesWith } from '../model/basis.ts';
import type { EventKind, SessionEvent } from '../model/event.ts';
import { isVisible } from '../model/hidden-ranges.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHeader } from '../model/session.ts';
import type { StoreTime } from '../model/store-time.ts';
import type { MessageRange } from '../ports/message-store.ts';
import type { Store } from '../ports/store.ts';
import { ContractClock } from './contract-clock.ts';
import { Driver, type DriverOptions } from './driver.ts';
import type { Harness } from './harness.ts';
import { sampleHeader } from './samples.ts';

/** CommitParts is what a hand-made commit writes beside the header. */
export interface CommitParts {
  changes?: Partial<Changes>;
  events?: SessionEvent[];
}

/** Stage is what a case plays on: a store, a clock, a tenant, and short words for hand-made commits and reads. */
export class Stage {
  readonly tenant = 'tenant-a';
  readonly clock: ContractClock;
  readonly #harness: Harness;
  #store: Store;

  private constructor(harness: Harness, clock: ContractClock, store: Store) {
    this.#harness = harness;
    this.clock = clock;
    this.#store = store;
  }

  static async open(harness: Harness): Promise<Stage> {
    const clock = new ContractClock();
    return new Stage(harness, clock, await harness.open(clock));
  }

  get store(): Store {
    return this.#store;
  }

  /** Closes the store and opens the same data again. */
  async reopen(): Promise<void> {
    assert.ok(this.#harness.reopen, 'the harness cannot reopen');
    this.#store = await this.#harness.reopen(this.#store, this.clock);
  }

  /** Cuts the store off from its data; the function that comes back joins them again. */
  async cut(): Promise<() => Promise<void>> {
    assert.ok(this.#harness.cut, 'the harness cannot cut');
    return this.#harness.cut(this.#store);
  }

  /** Changes one byte of a stored body behind the store's back. */
  async corrupt(uid: string, sequence: number): Promise<void> {
    assert.ok(this.#harness.corrupt, 'the harness cannot corrupt');
    this.#store = await this.#harness.corrupt(this.#store, uid, sequence, this.clock);
  }

  /** Returns a driver of the store as it is open: of the stage's tenant and at the clock's time, unless said otherwise. */
  driver(options: Partial<DriverOptions> = {}): Driver {
    const time = (): StoreTime => ({ now: this.clock.wallAt(), uncertaintyMs: 0, outages: [] });
    return new Driver(this.#store, { tenant: this.tenant, time, ...options });
  }

  /** Reads the texts of the messages that a session shows, oldest first. */
  async visibleTexts(sessionId: string): Promise<string[]> {
    const { uid, hidden } = await this.header(sessionId);
    const visible = (await this.read(uid)).filter(({ sequence }) => isVisible(hidden, sequence));
    return visible.map(({ body }) => new TextDecoder().decode(body));
  }

  /** Reads the kinds of all events of a session, in the order of the log. */
  async eventKinds(sessionId: string): Promise<EventKind[]> {
    return (await this.events(sessionId)).map(({ kind }) => kind);
  }

  /** Reads all events of a session, in the order of the log. */
  async events(sessionId: string): Promise<SessionEvent[]> {
    const rows = await this.#store.events.read(this.tenant, 0, 10_000);
    return rows.flatMap(({ events }) => events).filter((event) => event.sessionId === sessionId);
  }

  load(sessionId: string, needs: BasisNeeds = {}, tenant: string = this.tenant): Promise<Basis> {
    return this.#store.sessions.load(tenant, sessionId, needs);
  }

  /** Loads the header of a session that is there. */
  async header(sessionId: string, tenant: string = this.tenant): Promise<SessionHeader> {
    const { header } = await this.load(sessionId, {}, tenant);
    assert.ok(header, `session ${sessionId} of ${tenant} has no header`);
    return header;
  }

  /** Commits a session's first header and what the parts say; lastSequence follows the messages. */
  async begin(
    sessionId: string,
    overrides: Partial<SessionHeader> = {},
    { changes = {}, events = [] }: CommitParts = {},
  ): Promise<SessionHeader> {
    const tenant = overrides.tenant ?? this.tenant;
    const header = sampleHeader({ ...overrides, ...lastSequenceOf(changes), tenant, sessionId });
    const basis = await this.load(sessionId, {}, tenant);
    const outcome = await this.#store.sessions.commit(basis, changesWith(header, changes), events);
    assert.equal(outcome, 'committed', `the first commit of ${sessionId}`);
    return header;
  }

  /** Loads a session and commits its next revision. */
  async go(
    sessionId: string,
    overrides: Partial<SessionHeader> = {},
    { changes = {}, events = [] }: CommitParts = {},
  ): Promise<SessionHeader> {
    const basis = await this.load(sessionId, {}, overrides.tenant ?? this.tenant);
    assert.ok(basis.header, `session ${sessionId} has no header`);
    const header = nextHeader(basis.header, { ...overrides, ...lastSequenceOf(changes) });
    const outcome = await this.#store.sessions.commit(basis, changesWith(header, changes), events);
    assert.equal(outcome, 'committed', `a commit of ${sessionId}`);
    return header;
  }

  /** Turns a session into a tombstone. */
  bury(sessionId: string, parts: CommitParts = {}): Promise<SessionHeader> {
    return this.go(sessionId, { isTombstone: true }, parts);
  }

  /** Reads messages of a uid: all of them, oldest first, unless the range says otherwise. */
  read(uid: string, range: Partial<MessageRange> = {}, tenant: string = this.tenant): Promise<StoredMessage[]> {
    const whole: MessageRange = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 10_000 };
    return this.#store.messages.read(tenant, uid, { ...whole, ...range });
  }

  /** Reads the sequences of a uid's messages. */
  async sequences(uid: string, range: Partial<MessageRange> = {}): Promise<number[]> {
    return (await this.read(uid, range)).map(({ sequence }) => sequence);
  }

  /** Finds the id of the session that holds a claim; null when it is free. */
  async holderOf(key: string): Promise<string | null> {
    return (await this.#store.sessions.findClaim(this.tenant, key))?.sessionId ?? null;
  }

  /** Reads the ids of a tenant's sessions, newest first. */
  async listedIds(tenant: string = this.tenant): Promise<string[]> {
    const order = { by: 'createdAt', direction: 'newestFirst' } as const;
    const records = await this.#store.sessions.list(tenant, {}, order, null, 1000);
    return records.map(({ header }) => header.sessionId);
  }
}

/** Returns the header that follows in a hand-made commit. */
export function nextHeader(header: SessionHeader, overrides: Partial<SessionHeader> = {}): SessionHeader {
  return { ...header, rev: header.rev + 1, ...overrides };
}

function lastSequenceOf({ messages }: Partial<Changes>): Partial<SessionHeader> {
  const last = messages?.at(-1);
  return last === undefined ? {} : { lastSequence: last.sequence };
}
