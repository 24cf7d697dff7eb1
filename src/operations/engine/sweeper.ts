import type { Call } from '../../model/call.ts';
import { SessionError } from '../../model/session-error.ts';
import type { StoreTime } from '../../model/store-time.ts';
import { isPast } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { DueSession, SessionStore } from '../../ports/session-store.ts';
import type { EngineSettings } from './engine-settings.ts';
import { sessionKey } from './session-signals.ts';
import type { SettledCall, Submission } from './submission.ts';
import { SweepPace } from './sweep-pace.ts';

/** What the sweeper works with. */
export interface SweeperOptions {
  sessions: SessionStore;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  settings: EngineSettings;
  time(): StoreTime;
  submit(submission: Submission): Promise<SettledCall>;
  /** Makes the call of a sweep, with identities of its own. */
  sweepCall(): Call;
}

/** SweepReport counts what a sweep did. */
export interface SweepReport {
  swept: number;
  forgotten: number;
  failed: number;
}

const BATCH_SIZE = 500;

/** How long a session that could not be decided is left alone. */
const HOLD_MS = 60_000;

/** Sweeper does what time has made due: one more caller of the commit loop. Any number of instances sweep at once. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #pace: SweepPace;
  /** Sessions that could not be decided, with the monotonic ms until which they are passed by. */
  readonly #held = new Map<string, number>();

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#pace = new SweepPace(options.clock, options.settings.catchUpPerSecond);
  }

  /** Sweeps what is due, batch by batch; stops early where the pace after an outage says so, or the store is away. */
  async sweepOnce(): Promise<SweepReport> {
    const report: SweepReport = { swept: 0, forgotten: 0, failed: 0 };
    let after: DueSession | null = null;
    for (;;) {
      const time = this.#options.time();
      const limit = Math.min(BATCH_SIZE, this.#pace.allowance(time));
      if (limit === 0) return report;
      const due = await this.#options.sessions.findDue(dueBefore(time), limit, after);
      await this.#sweepBatch(due, time, report);
      if (due.length < limit) {
        this.#pace.finish(time);
        return report;
      }
      after = due.at(-1) ?? null;
    }
  }

  async #sweepBatch(due: readonly DueSession[], time: StoreTime, report: SweepReport): Promise<void> {
    const ready = due.filter((session) => isPast(session.dueAt, time) && !this.#isHeld(session));
    this.#pace.spend(ready.length);
    const faults = await Promise.all(ready.map((session) => this.#sweep(session, report)));
    const away = faults.find(isStoreAway);
    if (away !== undefined) throw away;
  }

  /** Answers what went wrong, if something did. */
  async #sweep(due: DueSession, report: SweepReport): Promise<unknown> {
    const { tenant, sessionId } = due;
    const { submit, sweepCall } = this.#options;
    try {
      await submit({ tenant, sessionId, call: sweepCall() });
      report.swept += 1;
      return undefined;
    } catch (fault) {
      if (fault instanceof SessionError && fault.reason === 'SESSION_NOT_FOUND') return this.#forget(due, report);
      report.failed += 1;
      if (!isStoreAway(fault)) this.#passBy(due, fault);
      return fault;
    }
  }

  /** Lets go of a tombstone whose time is over. */
  async #forget({ tenant, sessionId }: DueSession, report: SweepReport): Promise<void> {
    const { sessions, time } = this.#options;
    const { header } = await sessions.load(tenant, sessionId, {});
    if (header === null || !header.isTombstone || !isPast(header.dueAt, time())) return;
    await sessions.forget(tenant, sessionId, header.uid, header.rev);
    report.forgotten += 1;
  }

  #passBy({ tenant, sessionId }: DueSession, error: unknown): void {
    const { clock, metrics, logger } = this.#options;
    this.#held.set(sessionKey(tenant, sessionId), clock.monotonicMs() + HOLD_MS);
    metrics.count('threadkeep_sweep_failures_total');
    logger.error({ tenant, sessionId, error }, 'a due session could not be swept; it is passed by for a minute');
  }

  #isHeld({ tenant, sessionId }: DueSession): boolean {
    const key = sessionKey(tenant, sessionId);
    const isHeld = (this.#held.get(key) ?? 0) > this.#options.clock.monotonicMs();
    if (!isHeld) this.#held.delete(key);
    return isHeld;
  }
}

/** While the grace of an outage lasts, only what was due before it can be past. */
function dueBefore(time: StoreTime): number {
  const surelyAt = time.now - time.uncertaintyMs;
  const graceful = time.outages.filter(({ from, to }) => from <= surelyAt && !isPast(to, time));
  return Math.min(surelyAt, ...graceful.map(({ from }) => from - 1));
}

function isStoreAway(fault: unknown): boolean {
  return fault instanceof SessionError && (fault.reason === 'STORE_UNAVAILABLE' || fault.reason === 'DRAINING');
}
