import { createHash, type Hash, hash } from 'node:crypto';

/** Hashes a request id, as it is remembered with a session. */
export function digestRequestId(requestId: string): string {
  return hash('sha256', requestId, 'base64url');
}

/**
 * Hashes what a call says, to tell a repetition from another call under the same id: the RPC's name and its content,
 * with the keys of objects sorted and undefined fields left out. Values are those of JSON, bigints and bytes.
 */
export function digestContent(rpc: string, content: unknown): string {
  const feed = new Feed();
  feed.add(rpc);
  feed.add(content);
  return feed.digest();
}

/**
 * Feed puts values in a row, each with a mark of its kind and an end, so that no two contents come to the same bytes. Text
 * is gathered and hashed at once: a hash is asked for dozens of pieces of a message at twenty times the cost.
 */
class Feed {
  #text = '';
  #hash: Hash | null = null;

  add(value: unknown): void {
    if (typeof value === 'string') this.#text += `s${Buffer.byteLength(value)}:${value}`;
    else if (value instanceof Uint8Array) this.#addBytes(value);
    else if (Array.isArray(value)) this.#addArray(value);
    else if (typeof value === 'object' && value !== null) this.#addObject(value as Record<string, unknown>);
    else this.#text += `${typeof value} ${value};`;
  }

  digest(): string {
    if (this.#hash === null) return hash('sha256', this.#text, 'base64url');
    return this.#hash.update(this.#text).digest('base64url');
  }

  #addBytes(bytes: Uint8Array): void {
    this.#hash ??= createHash('sha256');
    this.#hash.update(`${this.#text}b${bytes.byteLength}:`).update(bytes);
    this.#text = '';
  }

  #addArray(items: readonly unknown[]): void {
    this.#text += `a${items.length}:`;
    for (const item of items) this.add(item);
  }

  #addObject(object: Record<string, unknown>): void {
    const keys = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort();
    this.#text += `o${keys.length}:`;
    for (const key of keys) {
      this.add(key);
      this.add(object[key]);
    }
  }
}
