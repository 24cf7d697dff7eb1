/** Write is one AddMessage or AddMessages, and what the service said of it at last. */
export interface Write {
  readonly session: SessionHistory;
  readonly requestId: string;
  readonly texts: readonly string[];
  /** 0 = no condition. */
  readonly expectedVersion: number;
  outcome: 'unanswered' | 'acknowledged' | 'refused';
  /** What an acknowledgement said, by whom, and when, in monotonic ms. */
  version: number;
  firstSequence: number;
  instance: string;
  answeredAtMs: number;
}

/** Read is what a reader was shown. */
export interface Read {
  readonly by: string;
  readonly version: number;
  readonly lastSequence: number;
  /** A run of messages up to the last. */
  readonly shown: readonly { sequence: number; text: string }[];
}

/** No read is staler than this, in ms (semantics.md, promise 4). */
const STALENESS_MS = 2000;

/** SessionHistory is what the callers know of one session. */
export class SessionHistory {
  readonly sessionId: string;
  readonly writes: Write[] = [];
  readonly reads: Read[] = [];

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  /** The latest version that a caller was told of. */
  get knownVersion(): number {
    return this.#newest(() => true);
  }

  /** The version below which no answer may be to a read that is sent to an instance: 2 s old at most, and its own writes. */
  promisedVersion(instance: string, sentAtMs: number): number {
    return this.#newest((write) => write.instance === instance || write.answeredAtMs <= sentAtMs - STALENESS_MS);
  }

  acknowledged(): Write[] {
    return this.writes.filter(({ outcome }) => outcome === 'acknowledged');
  }

  #newest(counts: (write: Write) => boolean): number {
    return this.acknowledged().reduce((newest, write) => (counts(write) ? Math.max(newest, write.version) : newest), 1);
  }
}

/** History is all that the callers sent and were told: the witness against the service. */
export class History {
  /** What broke a promise, in words. */
  readonly violations: string[] = [];
  /** Sessions that everybody writes to. */
  shared: SessionHistory[] = [];
  /** Sessions that are written now and then. */
  others: SessionHistory[] = [];
  acknowledgedCount = 0;
  refusedCount = 0;
  unansweredCount = 0;
  readCount = 0;
  slowestMs = 0;
  /** How much later than its deadline a call may be answered, in ms. */
  readonly lateByMs: number;
  #count = 0;

  constructor({ lateByMs }: { lateByMs: number }) {
    this.lateByMs = lateByMs;
  }

  get sessions(): SessionHistory[] {
    return [...this.shared, ...this.others];
  }

  /** Turns to other sessions; those before were judged. */
  turnTo(shared: readonly string[], others: readonly string[]): void {
    this.shared = shared.map((sessionId) => new SessionHistory(sessionId));
    this.others = others.map((sessionId) => new SessionHistory(sessionId));
  }

  /** Notes a write before it is sent; every text is unique. */
  addWrite(session: SessionHistory, { size, expectedVersion }: { size: number; expectedVersion: number }): Write {
    const requestId = `request-${++this.#count}`;
    const texts = Array.from({ length: size }, (_, place) => `${place + 1} of ${requestId}`);
    const none = { version: 0, firstSequence: 0, instance: '', answeredAtMs: 0 };
    const write: Write = { session, requestId, texts, expectedVersion, outcome: 'unanswered', ...none };
    session.writes.push(write);
    return write;
  }

  acknowledge(write: Write, answer: Pick<Write, 'version' | 'firstSequence' | 'instance' | 'answeredAtMs'>): void {
    Object.assign(write, answer, { outcome: 'acknowledged' });
    this.acknowledgedCount += 1;
  }

  /** Notes that a write lost its race; `knownVersion` is what was known when it was sent. */
  refuse(write: Write, currentVersion: number, knownVersion: number): void {
    const { expectedVersion, requestId, session } = write;
    write.outcome = 'refused';
    this.refusedCount += 1;
    if (currentVersion === expectedVersion || currentVersion < knownVersion)
      this.violations.push(
        `${requestId} to ${session.sessionId} expects ${expectedVersion} and was refused at ${currentVersion}, after ${knownVersion}`,
      );
  }

  unanswered(): Write[] {
    return this.sessions.flatMap(({ writes }) => writes.filter(({ outcome }) => outcome === 'unanswered'));
  }
}
