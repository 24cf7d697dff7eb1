import { openRawWatcher, WATCHER_WAYS } from './raw-watcher.ts';
import { openRelay } from './relay.ts';

/** Behaviour is what a watcher does once it is told to: only the first one is good. */
export type Behaviour = 'reads on' | 'stops reading' | 'vanishes' | 'is cut off';

/** UnrulyWatcher is a watcher with a behaviour. */
export interface UnrulyWatcher {
  /** Bytes of the answer that were read so far. */
  readonly bytes: number;
  misbehave(): void;
  /** Lets go of its connection, if it has one still. */
  close(): void;
}

/**
 * Opens a watcher; `place` chooses its way in. Over HTTP/1.1, which has no pings, one that is cut off can be told from
 * one that listens by nothing but a full connection: there it stops reading.
 */
export async function openUnrulyWatcher(url: string, behaviour: Behaviour, place: number): Promise<UnrulyWatcher> {
  const way = WATCHER_WAYS[place % WATCHER_WAYS.length] as (typeof WATCHER_WAYS)[number];
  const isSwallowed = behaviour === 'is cut off' && way !== 'Connect over HTTP/1.1';
  const relay = isSwallowed ? await openRelay(url) : null;
  const watcher = await openRawWatcher(relay?.url ?? url, way);
  return {
    get bytes() {
      return watcher.bytes;
    },
    misbehave() {
      if (behaviour === 'vanishes') watcher.vanish();
      else if (relay !== null) relay.swallow();
      else if (behaviour !== 'reads on') watcher.stopReading();
    },
    close() {
      watcher.vanish();
      relay?.close();
    },
  };
}
