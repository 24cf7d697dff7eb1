/** Write is one call of the load: what it carries, and where it landed once it was acknowledged. */
export interface Write {
  kind: 'messages' | 'summary' | 'end';
  sessionId: string;
  requestId: string;
  texts: string[];
  /** The first sequence that the answer named; null until acknowledged. */
  firstSequence: number | null;
  isAcknowledged: boolean;
}

/** Ledger is the clients' own record of what they sent and what was acknowledged: the witness against the store. */
export class Ledger {
  readonly #writes = new Map<string, Write[]>();
  #count = 0;

  /** Notes a session before it is started, so that one whose answer was lost is looked at, too. */
  addSession(sessionId: string): void {
    this.#writes.set(sessionId, []);
  }

  /** Notes a write before it is sent; every text is unique in the whole run. */
  addWrite(kind: Write['kind'], sessionId: string, size: number): Write {
    const texts = Array.from({ length: size }, () => `${kind} ${++this.#count} of ${sessionId}`);
    const write: Write = {
      kind,
      sessionId,
      requestId: `request-${++this.#count}`,
      texts,
      firstSequence: null,
      isAcknowledged: false,
    };
    this.writesOf(sessionId).push(write);
    return write;
  }

  acknowledge(write: Write, firstSequence: number | null = null): void {
    write.isAcknowledged = true;
    write.firstSequence = firstSequence;
  }

  /** Tells whether a session is known to hold a message. */
  holdsMessages(sessionId: string): boolean {
    return this.writesOf(sessionId).some(({ kind, isAcknowledged }) => kind === 'messages' && isAcknowledged);
  }

  sessionIds(): string[] {
    return [...this.#writes.keys()];
  }

  writesOf(sessionId: string): Write[] {
    return this.#writes.get(sessionId) ?? [];
  }

  /** Drops a session that was audited and will not be written again. */
  forget(sessionId: string): void {
    this.#writes.delete(sessionId);
  }
}
