import assert from 'node:assert/strict';
import { Driver } from '../../../src/contract/driver.ts';
import { sampleAgentActivity } from '../../../src/contract/samples.ts';
import type { Call } from '../../../src/model/call.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { StoreTime } from '../../../src/model/store-time.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Command, NAMES } from './commands.ts';
import { observe } from './observe.ts';

/** Opens one of the stores on a clock; `reopen` closes it and opens the same data again. */
export interface Contestant {
  open(clock: ManualClock): Promise<Store>;
  reopen(store: Store, clock: ManualClock): Promise<Store>;
}

/** SideBySide performs the same commands on two stores and compares all that they answer and show. */
export class SideBySide {
  readonly #clock = new ManualClock();
  readonly #contestants: readonly Contestant[];
  /** Calls that were answered, not refused. */
  answered = 0;
  #stores: Store[] = [];

  constructor(...contestants: [Contestant, Contestant]) {
    this.#contestants = contestants;
  }

  /** Runs commands from empty stores on; throws at the first difference. Answers the number of events logged. */
  async run(commands: readonly Command[]): Promise<number> {
    this.#stores = await Promise.all(this.#contestants.map((contestant) => contestant.open(this.#clock)));
    try {
      for (const [step, command] of commands.entries()) await this.#step(command, `step ${step + 1}, ${said(command)}`);
      for (const store of this.#stores) {
        for await (const { what } of store.verify()) assert.fail(`${store.description}: ${what}`);
      }
      return await this.#countEvents();
    } finally {
      await Promise.all(this.#stores.map((store) => store.close()));
    }
  }

  async #step(command: Command, title: string): Promise<void> {
    const answers = await this.#perform(command);
    assert.deepEqual(answers[1], answers[0], `the stores answer differently at ${title}`);
    if (command.kind === 'call' && !(answers[0] instanceof Refusal)) this.answered += 1;
    const now = this.#clock.wallAt();
    const [reference, other] = await Promise.all(this.#stores.map((store) => observe(store, now)));
    for (const [place, expected] of Object.entries(reference ?? {})) {
      assert.deepEqual(other?.[place], expected, `the stores differ in ${place} after ${title}`);
    }
  }

  async #perform(command: Command): Promise<unknown[]> {
    switch (command.kind) {
      case 'call': {
        const call = command.call();
        return this.#onBoth((store) => this.#submit(store, command.tenant, command.sessionId, call));
      }
      case 'advance':
        this.#clock.advance(command.ms);
        return [];
      case 'sweep':
        return this.#onBoth((store) => this.#sweep(store));
      case 'report': {
        const { tenant, basisRev } = command;
        const activity = sampleAgentActivity({ tenant, agentId: 'agent', rev: basisRev + 1 });
        return this.#onBoth((store) => store.agents.commit(activity, basisRev));
      }
      case 'compact':
        return this.#onBoth((store) => store.events.compact(this.#clock.wallAt() - command.keptMs, 100));
      case 'collectGarbage':
        // Only that nothing in reach changes is promised: how much there is to collect is the store's own.
        await this.#onBoth((store) => store.collectGarbage(100));
        return [];
      case 'reopen':
        this.#stores = await Promise.all(
          this.#contestants.map((contestant, place) => contestant.reopen(this.#stores[place] as Store, this.#clock)),
        );
        return [];
    }
  }

  #onBoth<Answer>(perform: (store: Store) => Promise<Answer>): Promise<Answer[]> {
    return Promise.all(this.#stores.map(perform));
  }

  async #submit(store: Store, tenant: string, sessionId: string, call: Call): Promise<unknown> {
    try {
      return await this.#driver(store, tenant).submit(sessionId, call);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return new Refusal(error.reason, error.metadata);
    }
  }

  async #sweep(store: Store): Promise<number[]> {
    const swept: number[] = [];
    for (const tenant of NAMES.tenants) swept.push(await this.#driver(store, tenant).sweep());
    return swept;
  }

  #driver(store: Store, tenant: string): Driver {
    const time = (): StoreTime => ({ now: this.#clock.wallAt(), uncertaintyMs: 0, outages: [] });
    return new Driver(store, { tenant, time });
  }

  async #countEvents(): Promise<number> {
    const [store] = this.#stores;
    const bounds = await Promise.all(NAMES.tenants.map((tenant) => store?.events.bounds(tenant)));
    return bounds.reduce((sum, bound) => sum + (bound?.lastNumber ?? 0), 0);
  }
}

/** What a refused call is told, without its words. */
class Refusal {
  readonly reason: string;
  readonly metadata: Record<string, string>;

  constructor(reason: string, metadata: Record<string, string>) {
    this.reason = reason;
    this.metadata = metadata;
  }
}

function said(command: Command): string {
  return command.kind === 'call' ? `${command.name} on ${command.tenant} ${command.sessionId}` : command.kind;
}
