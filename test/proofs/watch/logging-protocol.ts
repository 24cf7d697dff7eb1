import type { SessionEvent } from '../../../src/model/event.ts';
import type { Store } from '../../../src/ports/store.ts';
import { replace } from '../../contract/replace.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { ModelLog } from './model-log.ts';

/** Append is what is left to do for a commit whose session is written already. */
type Append = () => void;

/** LoggingProtocol is a way to bring a commit's events to the log after the commit, as a store without transactions must. */
export interface LoggingProtocol {
  /** Whether what is left to do lies in the session, where every instance finds it, or in the memory of one process. */
  hasOutbox: boolean;
  /** Returns what is left to do once the session is written. */
  appendsOf(log: ModelLog, events: readonly SessionEvent[]): Append[];
}

/** The protocol of watch-log.md: the tail is read when the row is inserted, all events of a commit are one row, and nothing is lost in a crash. */
export const wholeProtocol: LoggingProtocol = {
  hasOutbox: true,
  appendsOf: (log, events) => [() => log.insert(log.tail + 1, events)],
};

/** The same without an outbox. */
export const withoutOutbox: LoggingProtocol = { ...wholeProtocol, hasOutbox: false };

/** Takes a number from a counter and inserts the row later. */
export function takingNumbersFirst(): LoggingProtocol {
  let counter = 0;
  const appendsOf: LoggingProtocol['appendsOf'] = (log, events) => {
    counter += 1;
    const number = counter;
    return [() => log.insert(number, events)];
  };
  return { hasOutbox: false, appendsOf };
}

/** Makes a row of each event. */
export const tearingCommits: LoggingProtocol = {
  hasOutbox: true,
  appendsOf: (log, events) => events.map((event) => () => log.insert(log.tail + 1, [event])),
};

/** ModelStore is a store that logs by a protocol; `crash` and `settle` are those of a schedule. */
export interface ModelStore {
  store: Store;
  crash(): void;
  settle(): void;
}

/** Makes a store of another whose events come to the log by a protocol, some commits late, in the order of the commits. */
export function openModelStore(inner: Store, protocol: LoggingProtocol, random: SeededRandom): ModelStore {
  const log = new ModelLog();
  let pending: Append[] = [];
  const sessions = replace(inner.sessions, ({ commit }) => ({
    async commit(basis, changes, events, signal) {
      const outcome = await commit(basis, changes, [], signal);
      if (outcome === 'committed' && events.length > 0) pending.push(...protocol.appendsOf(log, events));
      while (pending.length > 0 && random.integer(4) > 0) pending.shift()?.();
      return outcome;
    },
  }));
  return {
    store: replace(inner, () => ({ sessions, events: log })),
    crash() {
      if (!protocol.hasOutbox) pending = [];
    },
    settle() {
      for (const append of pending) append();
      pending = [];
    },
  };
}
