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
  const digest = createHash('sha256');
  feed(digest, rpc);
  feed(digest, content);
  return digest.digest('base64url');
}

/** Every value is fed with a mark of its kind and an end, so that no two contents feed the same bytes. */
function feed(digest: Hash, value: unknown): void {
  if (value instanceof Uint8Array) {
    digest.update(`b${value.byteLength}:`).update(value);
  } else if (Array.isArray(value)) {
    digest.update(`a${value.length}:`);
    for (const item of value) feed(digest, item);
  } else if (typeof value === 'object' && value !== null) {
    feedObject(digest, value);
  } else if (typeof value === 'string') {
    digest.update(`s${Buffer.byteLength(value)}:`).update(value);
  } else {
    digest.update(`${typeof value} ${value};`);
  }
}

function feedObject(digest: Hash, object: object): void {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  entries.sort(([first], [second]) => (first < second ? -1 : 1));
  digest.update(`o${entries.length}:`);
  for (const [key, value] of entries) {
    feed(digest, key);
    feed(digest, value);
  }
}
