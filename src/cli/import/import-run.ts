import type { SessionSpec } from '../../model/call.ts';
import { type ChatConversation, decodeConversation } from '../../model/chat-completions/conversation-line.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Caller } from '../../operations/caller.ts';
import type { Engine } from '../../operations/engine/engine.ts';
import { importConversation } from '../../operations/import-conversation.ts';

/** ImportTally counts what became of the conversations of an import. */
export interface ImportTally {
  imported: number;
  appended: number;
  unchanged: number;
  refused: number;
  /** Messages that were stored. */
  messages: number;
}

/** ImportRunOptions is what an import works with. */
export interface ImportRunOptions {
  engine: Engine;
  caller: Caller;
  /** What every session is made from, beside its metadata. */
  spec: SessionSpec;
  /** Told of each line that is refused: where it stands, and why. */
  onRefusal(place: string, reason: string): void;
}

const IN_FLIGHT_MAX = 16;
const BYTES_IN_FLIGHT_MAX = 64 * 1024 * 1024;

/** ImportRun stores conversations, several at a time, those of one id in the order in which they came. */
export class ImportRun {
  readonly tally: ImportTally = { imported: 0, appended: 0, unchanged: 0, refused: 0, messages: 0 };
  readonly #options: ImportRunOptions;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #newestOf = new Map<string, Promise<void>>();
  #bytesInFlight = 0;
  #failure: { error: unknown } | null = null;

  constructor(options: ImportRunOptions) {
    this.#options = options;
  }

  /** How many conversations are done. */
  get done(): number {
    const { imported, appended, unchanged, refused } = this.tally;
    return imported + appended + unchanged + refused;
  }

  /** Refuses a line. */
  refuse(place: string, reason: string): void {
    this.tally.refused += 1;
    this.#options.onRefusal(place, reason);
  }

  /** Takes a line as soon as there is room for it; throws what stands in the way of all that follow. */
  async take(place: string, line: string): Promise<void> {
    const conversation = this.#decode(place, line);
    if (conversation === null) return;
    while (this.#inFlight.size >= IN_FLIGHT_MAX || this.#isFullWith(line)) await Promise.race(this.#inFlight);
    this.#throwFailure();
    this.#send(place, conversation, line.length);
  }

  /** Waits for what is in flight; throws what stood in its way. */
  async finish(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
  }

  #isFullWith(line: string): boolean {
    return this.#inFlight.size > 0 && this.#bytesInFlight + line.length > BYTES_IN_FLIGHT_MAX;
  }

  #decode(place: string, line: string): ChatConversation | null {
    try {
      return decodeConversation(line);
    } catch (error) {
      this.#refuseFor(place, error);
      return null;
    }
  }

  #send(place: string, conversation: ChatConversation, bytes: number): void {
    const { id } = conversation;
    const before = this.#newestOf.get(id) ?? Promise.resolve();
    const work = before
      .then(() => this.#store(place, conversation))
      .finally(() => {
        this.#inFlight.delete(work);
        this.#bytesInFlight -= bytes;
        if (this.#newestOf.get(id) === work) this.#newestOf.delete(id);
      });
    this.#inFlight.add(work);
    this.#newestOf.set(id, work);
    this.#bytesInFlight += bytes;
  }

  async #store(place: string, { id, messages, metadata }: ChatConversation): Promise<void> {
    const { engine, caller, spec } = this.#options;
    try {
      const conversation = { sessionId: id, spec: { ...spec, metadata }, messages, summaries: [] };
      const { became, messageCount } = await importConversation(engine, caller, conversation);
      this.tally[TALLIED[became]] += 1;
      this.tally.messages += messageCount;
    } catch (error) {
      try {
        this.#refuseFor(place, error);
      } catch {
        this.#failure ??= { error };
      }
    }
  }

  /** Refuses a line for what is wrong with it alone; throws what is wrong with the store or with us. */
  #refuseFor(place: string, error: unknown): void {
    if (!(error instanceof SessionError) || STOPPING.has(error.reason)) throw error;
    this.refuse(place, error.message);
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

const TALLIED = { IMPORTED: 'imported', APPENDED: 'appended', UNCHANGED: 'unchanged' } as const;
const STOPPING: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'STORE_CORRUPT', 'DRAINING']);
