import type { ToolCallRecord } from '../../model/activity.ts';
import type { Basis, Changes, KnownMemory, RecordedCall } from '../../model/basis.ts';
import { requestDigestsOf } from '../../model/claim-key.ts';

/** How many of the oldest request ids a basis shows (model/basis). */
const OLDEST_SHOWN = 16;

/** Beyond these an entry knows the newest half only, and no longer everything. */
const REQUEST_IDS_MAX = 512;
const TOOL_CALLS_MAX = 256;

/** What a remembered call takes in memory, about. */
const RECORDED_BYTES = 320;
const TOOL_CALL_BYTES = 240;

/** What a call memory is made from. */
type Remembered = Pick<Basis, 'recorded' | 'oldestRecorded' | 'toolCalls' | 'known'>;

/** What of a commit a call memory goes on with. */
type Remembering = Pick<Changes, 'recorded' | 'forgetThrough' | 'released' | 'toolCalls'>;

/**
 * CallMemory is what an entry knows of a session's request ids and tool calls. It goes on from commit to commit in
 * place, as the entries that hold it follow each other: an append costs the same with 1 and with 256 remembered ids.
 */
export class CallMemory {
  readonly #recorded = new Map<string, RecordedCall>();
  readonly #toolCalls: Map<string, ToolCallRecord>;
  /** All that is recorded, ascending by number: those of Starts come last (model/basis). */
  readonly #byNumber: RecordedCall[] = [];
  /** What the store showed; counts while not everything is known. */
  #oldest: Basis['oldestRecorded'];
  /** What `oldest` answers of all that is recorded, until one of these changes. */
  #shown: Basis['oldestRecorded'] | null = null;
  #known: KnownMemory;

  constructor({ recorded, oldestRecorded, toolCalls, known }: Remembered) {
    this.#toolCalls = new Map(toolCalls);
    this.#oldest = oldestRecorded;
    this.#known = known ?? { requestIds: false, toolCalls: false };
    for (const call of [...recorded.values()].sort((one, other) => one.number - other.number)) this.#record(call);
    this.#trim();
  }

  /** Of what everything is known. */
  get known(): KnownMemory {
    return this.#known;
  }

  /** All that is recorded, oldest first; those of Starts come last. */
  get recorded(): readonly RecordedCall[] {
    return this.#byNumber;
  }

  get toolCalls(): Iterable<ToolCallRecord> {
    return this.#toolCalls.values();
  }

  /** What it takes in memory, about. */
  get bytes(): number {
    return this.#byNumber.length * RECORDED_BYTES + this.#toolCalls.size * TOOL_CALL_BYTES;
  }

  /** Tells whether it can say of each of these whether the session remembers it. */
  tells(requestIds: readonly string[] = [], toolCallIds: readonly string[] = []): boolean {
    return (
      (this.#known.requestIds || requestIds.every((digest) => this.#recorded.has(digest))) &&
      (this.#known.toolCalls || toolCallIds.every((callId) => this.#toolCalls.has(callId)))
    );
  }

  /** Returns those of the digests that are remembered. */
  findRecorded(requestIds: readonly string[] = []): ReadonlyMap<string, RecordedCall> {
    return pick(this.#recorded, requestIds);
  }

  /** Returns those of the call ids that are known. */
  findToolCalls(toolCallIds: readonly string[] = []): ReadonlyMap<string, ToolCallRecord> {
    return pick(this.#toolCalls, toolCallIds);
  }

  /** Returns the oldest request ids as a basis shows them. */
  oldest(): Basis['oldestRecorded'] {
    if (!this.#known.requestIds) return this.#oldest;
    this.#shown ??= this.#byNumber.slice(0, OLDEST_SHOWN).map(({ number, keepUntil }) => ({ number, keepUntil }));
    return this.#shown;
  }

  /** Goes on with what a commit wrote. */
  apply({ recorded, forgetThrough, released, toolCalls }: Remembering): void {
    for (const call of recorded) this.#record(call);
    if (forgetThrough > 0) this.#forget(forgetThrough);
    for (const digest of requestDigestsOf(released)) this.#drop(digest);
    for (const call of toolCalls) this.#count(call);
    this.#trim();
  }

  /** Learns what another load of the same revision looked up. */
  learn({ recorded, toolCalls }: Pick<Basis, 'recorded' | 'toolCalls'>): void {
    for (const call of recorded.values()) if (!this.#recorded.has(call.digest)) this.#record(call);
    for (const call of toolCalls.values()) this.#count(call);
    this.#trim();
  }

  #record(call: RecordedCall): void {
    let place = this.#byNumber.length;
    while (place > 0 && this.#byNumber[place - 1]!.number > call.number) place -= 1;
    this.#byNumber.splice(place, 0, call);
    if (place < OLDEST_SHOWN) this.#shown = null;
    this.#recorded.set(call.digest, call);
  }

  #forget(through: number): void {
    while (this.#byNumber.length > 0 && this.#byNumber[0]!.number <= through) {
      this.#recorded.delete(this.#byNumber.shift()!.digest);
    }
    this.#oldest = this.#oldest.filter(({ number }) => number > through);
    this.#shown = null;
  }

  #drop(digest: string): void {
    const call = this.#recorded.get(digest);
    if (call === undefined) return;
    this.#recorded.delete(digest);
    this.#byNumber.splice(this.#byNumber.indexOf(call), 1);
    this.#shown = null;
  }

  /** The newest come last. */
  #count(call: ToolCallRecord): void {
    this.#toolCalls.delete(call.callId);
    this.#toolCalls.set(call.callId, call);
  }

  #trim(): void {
    if (this.#byNumber.length > REQUEST_IDS_MAX) {
      this.#oldest = this.oldest();
      this.#known = { ...this.#known, requestIds: false };
      this.#shown = null;
      for (const { digest } of this.#byNumber.splice(0, this.#byNumber.length - REQUEST_IDS_MAX / 2)) {
        this.#recorded.delete(digest);
      }
    }
    if (this.#toolCalls.size > TOOL_CALLS_MAX) {
      this.#known = { ...this.#known, toolCalls: false };
      const tooMany = this.#toolCalls.size - TOOL_CALLS_MAX / 2;
      for (const callId of [...this.#toolCalls.keys()].slice(0, tooMany)) this.#toolCalls.delete(callId);
    }
  }
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

function pick<Value>(known: ReadonlyMap<string, Value>, keys: readonly string[]): ReadonlyMap<string, Value> {
  if (keys.length === 0) return NOTHING;
  const found = new Map<string, Value>();
  for (const key of keys) {
    const value = known.get(key);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}
