import { SessionError } from '../../model/session-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommitGroup } from './commit-group.ts';
import { Companions } from './companions.ts';
import { draining } from './draining.ts';
import type { EngineSettings } from './engine-settings.ts';
import { QueuedCall } from './queued-call.ts';
import { sessionKey } from './session-signals.ts';
import type { SettledCall, Submission } from './submission.ts';

/** A commit holds at most so many calls. */
const GROUP_CALLS_MAX = 64;

/** Calls join a group while their messages have fewer bytes than this. */
const GROUP_BYTES_MAX = 1024 * 1024;

/** What the lanes work with. */
export interface SessionLanesOptions {
  clock: Clock;
  settings: EngineSettings;
  /** Settles the calls of a group, and returns those that must wait for the next one. */
  commitGroup: CommitGroup;
}

/**
 * SessionLanes give each session its own queue: one group of calls at a time, in order of arrival. What arrives while a
 * group commits goes together into the next one. Nothing waits without a bound: OVERLOADED.
 */
export class SessionLanes {
  readonly #options: SessionLanesOptions;
  readonly #lanes = new Map<string, QueuedCall[]>();
  readonly #companions = new Companions();
  readonly #idle: (() => void)[] = [];
  #queuedCalls = 0;
  #queuedBytes = 0;
  #isClosed = false;

  constructor(options: SessionLanesOptions) {
    this.#options = options;
  }

  /** Queues a call and resolves with its answer; throws OVERLOADED, DRAINING, the refusal, or the signal's reason. */
  async submit(submission: Submission): Promise<SettledCall> {
    submission.signal?.throwIfAborted();
    const key = sessionKey(submission.tenant, submission.sessionId);
    this.#requireRoom(key);
    const { clock, settings } = this.#options;
    const { patienceMs = 0 } = submission;
    const call = new QueuedCall(submission, clock.monotonicMs() + patienceMs + settings.contentionMs);
    if (patienceMs > 0 && this.#waits(key, call, patienceMs)) return call.settled;
    this.#queuedCalls += 1;
    this.#queuedBytes += call.bytes;
    this.#enqueue(key, call);
    try {
      return await call.settled;
    } finally {
      this.#queuedCalls -= 1;
      this.#queuedBytes -= call.bytes;
    }
  }

  /** Refuses further calls and resolves when those in flight are answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#companions.close(draining());
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #requireRoom(key: string): void {
    if (this.#isClosed) throw draining();
    const { queuedCallsPerSessionMax, queuedCallsMax, queuedBytesMax } = this.#options.settings;
    const waiting = this.#lanes.get(key)?.length ?? 0;
    if (
      waiting >= queuedCallsPerSessionMax ||
      this.#queuedCalls >= queuedCallsMax ||
      this.#queuedBytes >= queuedBytesMax
    )
      throw new SessionError('OVERLOADED', 'too many calls wait for the store; send fewer at a time', {
        retryAfterMs: 1000,
      });
  }

  /** Lets a call wait while nobody else writes to its session. */
  #waits(key: string, call: QueuedCall, patienceMs: number): boolean {
    if (this.#lanes.has(key)) return false;
    return this.#companions.wait(key, call, patienceMs, () => this.#enqueue(key, call));
  }

  #enqueue(key: string, call: QueuedCall): void {
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.push(call);
      return;
    }
    const companion = this.#companions.take(key);
    // Who goes alone is not kept waiting.
    const opened = companion === null ? [call] : call.goesAlone ? [call, companion] : [companion, call];
    this.#lanes.set(key, opened);
    void this.#run(key, opened);
  }

  /** Never throws: the group settles its calls, faults included. */
  async #run(key: string, lane: QueuedCall[]): Promise<void> {
    // Calls of the same turn join the first group.
    await Promise.resolve();
    while (lane.length > 0) {
      const group = takeGroup(lane);
      if (group.length > 0) lane.unshift(...(await this.#options.commitGroup(group)));
    }
    this.#lanes.delete(key);
    if (this.#lanes.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Takes the calls that go together from the head of a lane, leaving out those that were withdrawn. */
function takeGroup(lane: QueuedCall[]): QueuedCall[] {
  const group: QueuedCall[] = [];
  let bytes = 0;
  while (lane.length > 0 && group.length < GROUP_CALLS_MAX) {
    const call = lane[0] as QueuedCall;
    if (!call.isAnswered && group.length > 0 && (call.goesAlone || bytes + call.bytes > GROUP_BYTES_MAX)) break;
    lane.shift();
    if (call.isAnswered) continue;
    group.push(call);
    bytes += call.bytes;
    if (call.goesAlone) break;
  }
  return group;
}
