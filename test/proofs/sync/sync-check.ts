import { decodeText, type SystemCall, type TraceStep } from './read-trace.ts';

/** The calls that a check needs to see. */
export const TRACED_CALLS = ['write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg', 'fsync', 'fdatasync'];

/** The size of a frame's header in bytes: https://www.sqlite.org/fileformat2.html#the_write_ahead_log. */
const FRAME_HEADER_LENGTH = 24;

const ANSWER = /"sessionId":"(writer-\d+)"[^{}]*"lastSequence":(\d+)/g;

/** Returns the text of the message that a writer's session holds under a sequence. */
export function markOf(sessionId: string, sequence: number): string {
  return `${sessionId}/${sequence};`;
}

/**
 * SyncCheck follows a trace of the service: an answer that leaves on a socket must have its message in a commit whose
 * last frame was written before a sync of the log began, and that sync must have returned.
 */
export class SyncCheck {
  /** Answers that left, and those of them whose commit was not synced before. */
  answers = 0;
  unsynced = 0;
  /** Commits that hold a message, and the most messages in one. */
  batches = 0;
  largestBatch = 0;
  readonly #commitOf = new Map<string, number>();
  readonly #covers = new Map<SystemCall, number>();
  #commits = 0;
  #syncedCommits = 0;
  #batch = 0;
  #isLastFrame = false;

  /** Takes the next step of the trace. */
  follow({ edge, call }: TraceStep): void {
    if (call.file.startsWith('socket:')) {
      if (edge === 'entered') this.#followAnswer(call);
    } else if (call.file.endsWith('-wal')) {
      if (call.name.endsWith('sync')) this.#followSync(edge, call);
      else if (edge === 'returned') this.#followFrame(call);
    }
  }

  #followFrame({ rest, result }: SystemCall): void {
    if (result === FRAME_HEADER_LENGTH) {
      const header = decodeText(/"(.*)"/.exec(rest)?.[1] ?? '');
      // The size of the database after a commit stands in its last frame; in the others there is 0.
      this.#isLastFrame = header.slice(4, 8) !== '\0\0\0\0';
      return;
    }
    for (const [mark] of rest.matchAll(/writer-\d+\/\d+;/g)) {
      if (this.#commitOf.has(mark)) continue;
      this.#commitOf.set(mark, this.#commits + 1);
      this.#batch += 1;
    }
    if (this.#isLastFrame) this.#endCommit();
  }

  /** A sync covers the commits that were whole when it began. */
  #followSync(edge: TraceStep['edge'], call: SystemCall): void {
    if (edge === 'entered') {
      this.#covers.set(call, this.#commits);
      return;
    }
    const covered = call.result === 0 ? (this.#covers.get(call) ?? 0) : 0;
    this.#syncedCommits = Math.max(this.#syncedCommits, covered);
    this.#covers.delete(call);
  }

  #followAnswer({ rest }: SystemCall): void {
    for (const [, sessionId, sequence] of decodeText(rest).matchAll(ANSWER)) {
      this.answers += 1;
      const commit = this.#commitOf.get(markOf(sessionId as string, Number(sequence))) ?? Number.POSITIVE_INFINITY;
      if (commit > this.#syncedCommits) this.unsynced += 1;
    }
  }

  #endCommit(): void {
    this.#isLastFrame = false;
    this.#commits += 1;
    if (this.#batch > 0) this.batches += 1;
    this.largestBatch = Math.max(this.largestBatch, this.#batch);
    this.#batch = 0;
  }
}
