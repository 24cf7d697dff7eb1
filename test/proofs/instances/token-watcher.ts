import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type SessionEvent,
  SessionEventKind,
  SessionEventKindSchema,
  SessionEventReasonSchema,
} from '../../../gen/threadkeep/v1/event_pb.ts';
import { WatchStart } from '../../../gen/threadkeep/v1/watch_pb.ts';
import type { EventKind } from '../../../src/model/event.ts';
import type { EndReason } from '../../../src/model/session.ts';
import type { LoggedEvent } from '../../../src/operations/event-batches.ts';
import { isToBeTriedAgain } from './failure.ts';
import type { Sessions } from './instance.ts';

/** What a watcher asks for, and where. */
export interface TokenWatcherOptions {
  /** The instance to open the next stream on. */
  choose(): Pick<Sessions, 'watchExpiry'>;
  filter: { kinds?: EventKind[]; userId?: string };
  /** Steps after which it leaves by itself, to come back elsewhere; absent = it stays. */
  patience?(): number;
}

const PROGRESS_SECONDS = 5n;
/** A stream on which nothing came for so long, in ms, is given up: some signs of life are missing. */
const SILENCE_MS = 12_000;
const PAUSE_MS = 50;

/** TokenWatcher follows the log as clients should: it keeps the token of what it has, and resumes from it anywhere. */
export class TokenWatcher {
  readonly received: LoggedEvent[] = [];
  readonly batches: LoggedEvent[][] = [];
  /** From the record time of each event to its arrival, in ms. */
  readonly delaysMs: number[] = [];
  readonly filter: TokenWatcherOptions['filter'];
  readonly #options: TokenWatcherOptions;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #token = '';
  #streams = 0;

  constructor(options: TokenWatcherOptions) {
    this.#options = options;
    this.filter = options.filter;
    this.#ended = this.#follow();
    this.#ended.catch(() => {});
  }

  /** How many streams it opened again. */
  get resumes(): number {
    return Math.max(0, this.#streams - 1);
  }

  /** Whether a stream has begun. */
  get isOpen(): boolean {
    return this.#token !== '';
  }

  /** Ends for good; throws what ended it before. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    while (!this.#over.signal.aborted) {
      this.#streams += 1;
      await this.#readStream().catch((error) => {
        if (!isToBeTriedAgain(error)) throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #readStream(): Promise<void> {
    // A generated client keeps its stream open when its loop is left: only a signal gives it back.
    const leave = new AbortController();
    const silence = setTimeout(() => leave.abort(), SILENCE_MS);
    let patience = this.#options.patience?.() ?? Number.POSITIVE_INFINITY;
    try {
      const signal = AbortSignal.any([leave.signal, this.#over.signal]);
      for await (const step of this.#options.choose().watchExpiry(this.#request(), { signal })) {
        silence.refresh();
        if (step.event.case === 'events') this.#take(step.event.value.events.map(loggedEvent));
        this.#token = step.resumeToken;
        patience -= 1;
        if (patience <= 0) leave.abort();
      }
    } finally {
      clearTimeout(silence);
      leave.abort();
    }
  }

  #take(events: LoggedEvent[]): void {
    const arrivedAt = Date.now();
    this.batches.push(events);
    this.received.push(...events);
    this.delaysMs.push(...events.map(({ recordedAt }) => arrivedAt - recordedAt));
  }

  #request() {
    const { kinds = [], userId = '' } = this.filter;
    return {
      kinds: kinds.map((kind) => SessionEventKind[kind]),
      userId,
      progressInterval: { seconds: PROGRESS_SECONDS, nanos: 0 },
      start:
        this.#token === ''
          ? { case: 'startPosition' as const, value: WatchStart.EARLIEST }
          : { case: 'resumeToken' as const, value: this.#token },
    };
  }
}

/** Turns an event of the wire into that of the model. */
function loggedEvent(event: SessionEvent): LoggedEvent {
  const at = (instant: SessionEvent['recordTime']) => (instant === undefined ? 0 : timestampMs(instant));
  const { eventId, sessionId, generation, userId, agentId } = event;
  return {
    ...{ eventId, sessionId, generation, userId, agentId },
    sequence: Number(event.sequence),
    kind: SessionEventKindSchema.value[event.kind]?.localName as EventKind,
    reason: SessionEventReasonSchema.value[event.reason]?.localName as EndReason,
    deadlineAt: at(event.deadlineTime),
    recordedAt: at(event.recordTime),
    lastAccessAt: at(event.lastAccessTime),
  };
}
