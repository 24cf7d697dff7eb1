import type { FreshIds } from '../../model/call.ts';
import { SessionError } from '../../model/session-error.ts';
import { outcomeUnknown } from './store-unavailable.ts';
import type { SettledCall, Submission } from './submission.ts';

/** QueuedCall is a submission in its lane: answered once, by the commit, by a fault, or by its own signal. */
export class QueuedCall {
  submission: Submission;
  /** Of its messages. */
  readonly bytes: number;
  /** Monotonic ms after which the call is not tried again. */
  readonly giveUpAtMs: number;
  readonly settled: Promise<SettledCall>;
  /** How the last commit that held the call failed: against another writer, or nobody knows; null while none has. */
  lostBy: 'conflict' | 'unknown' | null = null;
  isAnswered = false;
  readonly #resolve: (settled: SettledCall) => void;
  readonly #reject: (fault: unknown) => void;
  readonly #onAbort = () => this.giveUp(this.submission.signal?.reason);

  constructor(submission: Submission, giveUpAtMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<SettledCall>();
    this.submission = submission;
    this.bytes = bytesOf(submission);
    this.giveUpAtMs = giveUpAtMs;
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    submission.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  resolve(settled: SettledCall): void {
    this.#finish();
    this.#resolve(settled);
  }

  reject(fault: unknown): void {
    this.#finish();
    this.#reject(fault);
  }

  /** Notes how a commit failed; what it may have made keeps its identities, another attempt has its own. */
  lose(lostBy: 'conflict' | 'unknown', fresh: FreshIds): void {
    this.lostBy = lostBy;
    this.submission = { ...this.submission, call: { ...this.submission.call, fresh } };
  }

  /** Rejects a call whose time is over with what its commits failed by; with `reason` while none has. */
  giveUp(reason: unknown): void {
    if (this.lostBy === null) this.reject(reason);
    else this.reject(this.lostBy === 'conflict' ? storeContended() : outcomeUnknown());
  }

  /** True for a call that shares no commit: it reads more than the header, or makes or removes the session. */
  get goesAlone(): boolean {
    const { call } = this.submission;
    if (call.kind === 'append') return call.cut !== null || (call.startIfMissing?.claims.length ?? 0) > 0;
    return call.kind === 'rewind' || call.kind === 'start' || call.kind === 'delete';
  }

  #finish(): void {
    this.isAnswered = true;
    this.submission.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Returns the refusal of a call that lost against other writers until its time was over. */
export function storeContended(): SessionError {
  return new SessionError('STORE_CONTENDED', 'other writers were faster until the deadline; send the call again', {
    retryAfterMs: 100,
  });
}

function bytesOf({ call }: Submission): number {
  if (call.kind !== 'append') return 0;
  return call.messages.reduce((sum, { body }) => sum + body.byteLength, 0);
}
