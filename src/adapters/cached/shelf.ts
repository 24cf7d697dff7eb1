import { LRUCache } from 'lru-cache';
import { type Entry, entryBytes } from './entry.ts';

/** ShelfLimits bound what a process keeps in its memory; no entries = it keeps none. */
export interface ShelfLimits {
  entriesMax: number;
  bytesMax: number;
}

/** Shelf keeps the entries of this process, by key; the least recently used go first. */
export class Shelf {
  readonly #entries: LRUCache<string, Entry> | null;

  constructor({ entriesMax, bytesMax }: ShelfLimits) {
    this.#entries = entriesMax > 0 && bytesMax > 0 ? new LRUCache({ max: entriesMax, maxSize: bytesMax }) : null;
  }

  get entryCount(): number {
    return this.#entries?.size ?? 0;
  }

  /** Reads an entry and counts as its use. */
  get(key: string): Entry | undefined {
    return this.#entries?.get(key);
  }

  /** Reads an entry, which is no use of it. */
  peek(key: string): Entry | undefined {
    return this.#entries?.peek(key);
  }

  /** Puts an entry in the place of what was there; one that is too large for the shelf leaves nothing. */
  set(key: string, entry: Entry): void {
    this.#entries?.set(key, entry, { size: entryBytes(entry) });
  }

  /** Notes what the instances' cache holds of an entry, if it still is the one on the shelf. */
  mark(key: string, entry: Entry, sharedMark: string): void {
    if (this.peek(key) === entry) this.set(key, { ...entry, sharedMark });
  }

  drop(key: string): void {
    this.#entries?.delete(key);
  }

  clear(): void {
    this.#entries?.clear();
  }
}
