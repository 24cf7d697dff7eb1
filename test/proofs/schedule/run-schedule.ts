import type { OutboxEntry } from '../../../src/adapters/mongodb/database/documents.ts';
import type { Breach } from './breach.ts';
import { Ledger } from './client.ts';
import { FakeServer } from './database/fake-server.ts';
import { FakeCacheServer } from './fake-cache.ts';
import { Follower } from './follower.ts';
import { judgeCalls } from './judge/judge-calls.ts';
import { judgeEnd } from './judge/judge-end.ts';
import { judgeEvents, type Settled } from './judge/judge-events.ts';
import { judgeReads } from './judge/judge-reads.ts';
import { canBeAsked, drawProgram, type Program, ProgramClient, type ProgramKind } from './program.ts';
import { BEGIN_AT, openInstance, type ServiceInstance, type Surroundings, settingsFor } from './service-instance.ts';
import { Simulation } from './simulation.ts';
import { Troubles } from './troubles.ts';
import { Truth } from './truth.ts';
import { withVirtualTimers } from './virtual-timers.ts';
import { CALM, drawWeather } from './weather.ts';

/** ScheduleOptions say which schedule is run, and on what. */
export interface ScheduleOptions {
  seed: number;
  /** True = every step is written down. */
  isTraced?: boolean;
  /** What the clients dwell on; drawn where it is absent. */
  kind?: ProgramKind;
  /** Takes a protection away. */
  breach?: Breach;
}

/** ScheduleOutcome is what a schedule came to; no violations = all promises were kept. */
export interface ScheduleOutcome {
  violations: string[];
  calls: number;
  steps: number;
  events: number;
  trace: readonly string[];
}

/** A schedule that takes longer than this, in ms of its own time, has got stuck. */
const LONGEST_MS = 10 * 60_000;

/** How long what is left over is given to settle: outboxes are looked at after 5 s, tails after 30. */
const SETTLING_MS = 8000;

/** How long watchers may be behind the log. */
const FOLLOWING_MS = 2500;

/** Every how manieth schedule ends with a look at each document that there is. */
const VERIFIED_OF = 4;

/** Runs the product under one random schedule of calls, delays, losses and deaths, and judges it. */
export async function runSchedule({ seed, isTraced = false, ...options }: ScheduleOptions): Promise<ScheduleOutcome> {
  const simulation = new Simulation(seed, { isTraced });
  return withVirtualTimers(simulation, async () => {
    const run = new Run(simulation, options);
    const violations = await run.perform();
    const { records } = run.ledger;
    const events = run.server.collections.session_events.documents.length;
    return { violations, calls: records.length, steps: simulation.step, events, trace: simulation.trace };
  });
}

/** Run is one schedule in progress. */
class Run {
  readonly server: FakeServer;
  readonly ledger: Ledger;
  readonly #simulation: Simulation;
  readonly #surroundings: Surroundings;
  readonly #truth: Truth;
  readonly #program: Program;
  readonly #instances: ServiceInstance[] = [];
  readonly #followers: Follower[];
  #settled: Settled = { beforeMs: 0, lastRow: 0 };

  constructor(simulation: Simulation, { kind, breach = {} }: Pick<ScheduleOptions, 'kind' | 'breach'>) {
    this.#simulation = simulation;
    this.server = new FakeServer(simulation.random);
    this.ledger = new Ledger(simulation);
    this.#truth = new Truth(this.server, simulation);
    this.#program = drawProgram(simulation.random, kind);
    const settings = settingsFor(simulation.random, this.#program.kind);
    this.#surroundings = { simulation, server: this.server, cache: new FakeCacheServer(), settings, breach };
    const world = { simulation, instances: () => this.#instances };
    this.#followers = Array.from({ length: simulation.random.integer(3) }, () => new Follower(world));
  }

  async perform(): Promise<string[]> {
    if (!(await this.#until(this.#play()))) return [`the clients got stuck`, ...this.#truth.violations];
    if (this.#truth.violations.length > 0) return this.#truth.violations;
    if (!(await this.#until(this.#heal()))) return ['a healthy instance got stuck', ...this.#truth.violations];
    const last = this.#instances[0] as ServiceInstance;
    const atEnd: string[] = [];
    if (!(await this.#until(this.#judgeEnd(last, atEnd)))) return ['the last look got stuck'];
    const { records } = this.ledger;
    return [
      ...this.#truth.violations,
      ...judgeCalls(records, this.#truth),
      ...judgeReads(records, this.#truth),
      ...judgeEvents(this.#truth, this.#followers, records, this.#settled),
      ...atEnd,
    ];
  }

  /** Lets the clients do what they have to under whatever comes. */
  async #play(): Promise<void> {
    const { simulation, server, cache } = { ...this.#surroundings };
    const program = this.#program;
    const weather = drawWeather(simulation.random, program.kind === 'slides');
    simulation.note(() => `program ${JSON.stringify(program)} weather ${JSON.stringify(weather)}`);
    const troubles = new Troubles({
      simulation,
      server,
      cache,
      instances: this.#instances,
      open: (name) => this.#open(name, weather),
    });
    await troubles.begin();
    for (const follower of this.#followers) void follower.run();
    const world = { simulation, program, ledger: this.ledger, instances: () => this.#instances };
    const clients = Array.from(
      { length: program.clients },
      (_, place) => new ProgramClient(world, 'abcdefgh'[place] as string),
    );
    await Promise.all(clients.map((client) => client.run()));
    troubles.end();
  }

  /** Ends every instance, and lets a healthy one finish what they left; callers ask what became of their calls. */
  async #heal(): Promise<void> {
    const { simulation } = this.#surroundings;
    for (const instance of this.#instances.splice(0)) instance.kill();
    // What the dead have sent arrives before it is judged that nothing was lost.
    await simulation.sleep(45_000);
    const last = await this.#open('last', CALM);
    this.#instances.push(last);
    for (const record of this.ledger.records.filter(canBeAsked)) await this.ledger.send(last, record.call, 30_000);
    for (const sessionId of this.#truth.timelines.keys()) {
      const call = { kind: 'list', sessionId, requestId: '', minVersion: 0, peek: true } as const;
      await this.ledger.send(last, call, 30_000);
    }
    const base = { sessionId: '', requestId: '', conversationKey: 'talk', ifExists: 'RESTART' } as const;
    const { outcome } = await this.ledger.send(last, { kind: 'start', ...base, spans: this.#program.spans }, 30_000);
    if (outcome?.kind !== 'answer')
      this.#truth.violations.push(`nobody can start the session of a key: ${JSON.stringify(outcome)}`);
    await simulation.sleep(SETTLING_MS);
    this.#settled = { beforeMs: simulation.nowMs - SETTLING_MS, lastRow: this.#truth.rows.length };
    await simulation.sleep(FOLLOWING_MS);
    for (const follower of this.#followers) follower.stop();
  }

  async #judgeEnd(last: ServiceInstance, violations: string[]): Promise<void> {
    for (const { _id, outbox } of this.server.collections.sessions.documents) {
      const left = (outbox as unknown as OutboxEntry[]).filter(({ at }) => at < BEGIN_AT + this.#settled.beforeMs);
      if (left.length > 0) violations.push(`the outbox of ${_id} was never emptied`);
    }
    try {
      violations.push(...(await judgeEnd(last, this.ledger.records, this.#truth)));
      const isVerified = this.#simulation.random.integer(VERIFIED_OF) === 0;
      if (isVerified) for await (const { what } of last.store.verify()) violations.push(`verify finds ${what}`);
    } catch (fault) {
      violations.push(`the last look failed: ${fault instanceof Error ? fault.stack : String(fault)}`);
    }
    last.kill();
  }

  #open(name: string, weather: typeof CALM): Promise<ServiceInstance> {
    return openInstance(this.#surroundings, name, weather);
  }

  /** Lets things happen until some work is done; answers false where it never is. Throws what the work throws. */
  async #until(work: Promise<void>): Promise<boolean> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    const isInTime = await this.#simulation.runUntil(() => isDone, this.#simulation.nowMs + LONGEST_MS);
    if (isInTime) await done;
    return isInTime;
  }
}
