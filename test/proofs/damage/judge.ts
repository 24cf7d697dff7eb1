import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import type { StoredMessage } from '../../../src/model/message.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { SearchCandidate } from '../../../src/ports/search-index.ts';
import type { Store } from '../../../src/ports/store.ts';
import { contentClock } from './content.ts';
import { allLooks } from './looks.ts';

/**
 * Verdict is how damage came to light: at the open, by reads that were refused, by verify alone, or not at all. Terms in
 * the full-text index have no checksum: there a search may find another set of messages, each of them whole.
 */
export type Verdict =
  | 'refused at the open'
  | 'refused at a read'
  | 'found by verify'
  | 'changed what a search finds'
  | 'harmless';

interface Reading {
  refusals: number;
  changedSearches: number;
}

const REMEDY = /restore|give another path|use a newer|remove .* to go on/;

/** Reads everything that a whole store shows. */
export async function readContent(path: string): Promise<Map<string, unknown>> {
  const store = await openSqliteStore({ path, clock: contentClock });
  const content = new Map<string, unknown>();
  for (const [title, look] of allLooks()) content.set(title, await look(store));
  await store.close();
  return content;
}

/** Opens a damaged file, reads all of it and verifies it; throws where wrong content, or no clear error, comes back. */
export async function judge(path: string, content: ReadonlyMap<string, unknown>): Promise<Verdict> {
  let store: Store;
  try {
    store = await openSqliteStore({ path, clock: contentClock });
  } catch (error) {
    checkRefusal(path, 'the open', error);
    return 'refused at the open';
  }
  try {
    const { refusals, changedSearches } = await readDamaged(store, path, content);
    const findings = await countFindings(store);
    if (refusals > 0) return 'refused at a read';
    if (findings > 0) return 'found by verify';
    return changedSearches > 0 ? 'changed what a search finds' : 'harmless';
  } finally {
    await store.close();
  }
}

async function readDamaged(store: Store, path: string, content: ReadonlyMap<string, unknown>): Promise<Reading> {
  const reading = { refusals: 0, changedSearches: 0 };
  for (const [title, look] of allLooks()) {
    try {
      const served = await look(store);
      if (isDeepStrictEqual(served, content.get(title))) continue;
      if (title.startsWith('search in')) assertWhole(title, served as SearchCandidate[], content);
      else assert.fail(`wrong content is served: ${title}`);
      reading.changedSearches += 1;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      checkRefusal(path, title, error);
      reading.refusals += 1;
    }
  }
  return reading;
}

function assertWhole(title: string, found: readonly SearchCandidate[], content: ReadonlyMap<string, unknown>): void {
  const messages = [...content].flatMap(([place, shown]) =>
    place.startsWith('messages of') ? (shown as StoredMessage[]) : [],
  );
  for (const { message } of found) {
    const isWhole = messages.some((each) => isDeepStrictEqual(each, message));
    assert.ok(isWhole, `a message that was never written is served: ${title}`);
  }
}

async function countFindings(store: Store): Promise<number> {
  let findings = 0;
  for await (const { what, remedy } of store.verify()) {
    assert.ok(what !== '' && REMEDY.test(remedy), `a finding without a remedy: ${what}`);
    findings += 1;
  }
  return findings;
}

function checkRefusal(path: string, place: string, error: unknown): void {
  assert.ok(error instanceof SessionError, `${place}: no SessionError but ${error}`);
  const { reason, message } = error;
  assert.ok(reason === 'STORE_CORRUPT' || reason === 'STORE_UNAVAILABLE', `${place}: ${reason} ${message}`);
  assert.ok(message.includes(basename(path)), `${place}: the message does not name the file: ${message}`);
  assert.match(message, REMEDY, `${place}: the message names no remedy`);
}
