import type { Basis } from '../../model/basis.ts';
import type { Call } from '../../model/call.ts';
import { isNotFound } from '../../model/decide/refusals.ts';
import { SessionError } from '../../model/session-error.ts';
import { isPast, possibleOutages, type StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { DueSession, SessionStore } from '../../ports/session-store.ts';
import type { EngineSettings } from './engine-settings.ts';
import { sessionKey } from './session-signals.ts';
import type { SettledCall, Submission } from './submission.ts';
import { SweepPace } from './sweep-pace.ts';
import type { SweepShare } from './sweep-share.ts';
import { within } from './within.ts';

/** What the sweeper works with. */
export interface SweeperOptions {
  sessions: SessionStore;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  settings: EngineSettings;
  /** Divides the work among the instances. */
  share: SweepShare;
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

const NEVER = new AbortController().signal;
const BATCH_SIZE = 500;

/** How long a session that could not be decided is left alone. */
const HOLD_MS = 60_000;

/** How long one session is waited for; the sweep goes on without it. */
const PATIENCE_MS = 1000;

/** No further session is begun while so many, waited for or not, are still being swept. */
const IN_FLIGHT_MAX = 500;

/** Sweeper does what time has made due: one more caller of the commit loop. Any number of instances sweep at once. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #pace: SweepPace;
  /** Sessions that could not be decided, with the monotonic ms until which they are passed by. */
  readonly #held = new Map<string, number>();
  #inFlight = 0;

  constructor(options: SweeperOptions) {
    const { clock, settings, share } = options;
    this.#options = options;
    this.#pace = new SweepPace(clock, () => Math.ceil(settings.catchUpPerSecond / share.instanceCount));
  }

  /**
   * Sweeps what is due by now, batch by batch: this instance's share, then what others have left lying. Stops early where
   * the pace after an outage or the signal says so, or the store is away.
   */
  async sweepOnce(stopping: AbortSignal = NEVER): Promise<SweepReport> {
    const { share, time } = this.#options;
    const report: SweepReport = { swept: 0, forgotten: 0, failed: 0 };
    const others = { hasDue: false, isLeftLying: false };
    const run = { report, stopping };
    const isThrough = await this.#sweepThrough(run, (session, at) => {
      if (share.isOwn(session)) return true;
      others.hasDue = true;
      others.isLeftLying ||= share.isLeftLying(session, at);
      return false;
    });
    if (isThrough && !others.hasDue) this.#pace.finish(time());
    if (isThrough && others.isLeftLying)
      await this.#sweepThrough(run, (session, at) => !share.isOwn(session) && share.isLeftLying(session, at));
    return report;
  }

  /** Counts what is due, for operators. */
  async measureBacklog(): Promise<void> {
    const { sessions, metrics, time } = this.#options;
    const { now, uncertaintyMs } = time();
    metrics.gauge('threadkeep_sweeper_backlog', await sessions.countDue(now - uncertaintyMs));
  }

  /** Sweeps the sessions that are due as it begins, and wanted; answers whether it came to their end. */
  async #sweepThrough(run: SweepRun, isWanted: Wanted): Promise<boolean> {
    const beforeAt = dueBefore(this.#options.time());
    let after: DueSession | null = null;
    for (;;) {
      const time = this.#options.time();
      const limit = Math.min(BATCH_SIZE, this.#pace.allowance(time));
      if (limit === 0 || this.#inFlight >= IN_FLIGHT_MAX || run.stopping.aborted) return false;
      const due = await this.#options.sessions.findDue(beforeAt, limit, after);
      const wanted = due.filter((session) => isPast(session.dueAt, time) && isWanted(session, time));
      await this.#sweepBatch(wanted, run);
      if (due.length < limit) return true;
      after = due.at(-1) ?? null;
    }
  }

  /** A few at a time, so that callers find the store's connections free. */
  async #sweepBatch(wanted: readonly DueSession[], { report, stopping }: SweepRun): Promise<void> {
    const ready = wanted.filter((session) => !this.#isHeld(session));
    this.#pace.spend(ready.length);
    const atHand = await this.#loadHeaders(ready);
    const rest = ready.values();
    let away: unknown;
    const sweepRest = async () => {
      for (const session of rest) {
        const sweeping = this.#sweepHeld(session, atHand, report).then((fault) => {
          if (isStoreAway(fault)) away = fault;
        });
        await within(sweeping, PATIENCE_MS);
        if (away !== undefined || this.#inFlight >= IN_FLIGHT_MAX || stopping.aborted) return;
      }
    };
    const hands = Math.min(ready.length, this.#options.settings.sweepsAtOnceMax);
    await Promise.all(Array.from({ length: hands }, sweepRest));
    if (away !== undefined) throw away;
  }

  /** Where each load would be a round trip, one is made for all. */
  async #loadHeaders(ready: readonly DueSession[]): Promise<Headers> {
    const { sessions } = this.#options;
    const loaded = ready.length < 2 ? [] : ((await sessions.loadHeaders?.(ready)) ?? []);
    return new Map(loaded.map((basis) => [sessionKey(basis.tenant, basis.sessionId), basis]));
  }

  /** While a session is being swept, nobody else of this instance sweeps it. */
  async #sweepHeld(session: DueSession, atHand: Headers, report: SweepReport): Promise<unknown> {
    const key = sessionKey(session.tenant, session.sessionId);
    this.#held.set(key, Number.POSITIVE_INFINITY);
    this.#inFlight += 1;
    const fault = await this.#sweep(session, atHand.get(key), report);
    this.#inFlight -= 1;
    const isPassedBy = fault !== undefined && !isStoreAway(fault) && !isContended(fault);
    if (isPassedBy) this.#passBy(session, fault);
    else this.#held.delete(key);
    return fault;
  }

  /** Answers what went wrong, if something did. */
  async #sweep(session: DueSession, atHand: Basis | undefined, report: SweepReport): Promise<unknown> {
    try {
      await this.#settle(session, atHand, report);
      return undefined;
    } catch (fault) {
      report.failed += 1;
      return fault;
    }
  }

  async #settle(session: DueSession, atHand: Basis | undefined, report: SweepReport): Promise<void> {
    const { tenant, sessionId } = session;
    const { submit, sweepCall } = this.#options;
    try {
      await submit({ tenant, sessionId, call: sweepCall(), ...(atHand && { atHand }) });
      report.swept += 1;
    } catch (fault) {
      if (!isNotFound(fault)) throw fault;
      await this.#forget(session, report);
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

/** Bases of headers alone, by the sessions' keys. */
type Headers = ReadonlyMap<string, Basis>;

/** One sweep: what it did, and what ends it early. */
interface SweepRun {
  report: SweepReport;
  stopping: AbortSignal;
}

/** Tells whether a due session is to be swept at a time. */
type Wanted = (session: DueSession, time: StoreTime) => boolean;

/** While the grace of an outage lasts, only what was due before it can be past. */
function dueBefore(time: StoreTime): number {
  const surelyAt = time.now - time.uncertaintyMs;
  const graceful = possibleOutages(time).filter(({ from, to }) => from <= surelyAt && !isPast(to, time));
  return Math.min(surelyAt, ...graceful.map(({ from }) => from - 1));
}

function isStoreAway(fault: unknown): boolean {
  return fault instanceof SessionError && (fault.reason === 'STORE_UNAVAILABLE' || fault.reason === 'DRAINING');
}

/** Others are at work, on the session or on the store: it is looked at again with the next sweep. */
function isContended(fault: unknown): boolean {
  return fault instanceof SessionError && (fault.reason === 'STORE_CONTENDED' || fault.reason === 'OVERLOADED');
}
