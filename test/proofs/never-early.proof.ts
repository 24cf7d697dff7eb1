import assert from 'node:assert/strict';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { runOnEmbeddedStore } from './never-early/embedded-run.ts';
import { type ExpiryJudge, histogramOf } from './never-early/expiry-judge.ts';
import { runOnSharedStore } from './never-early/shared-run.ts';

/** Lets sessions expire on every store while clocks are wrong and step, and judges by the server's own clock. */
export const proof: Proof = {
  claim:
    'nothing lapses or expires before its deadline by the server’s clock, however wrong those of the instances are',
  counts: { short: 500, full: 10_000 },
  async run({ count, seed, log }) {
    const random = new SeededRandom(seed);
    const [embedded, shared] = [Math.floor(count / 4), Math.ceil(count / 2)];
    const memory = await runOnEmbeddedStore((clock) => openMemoryStore({ clock }), embedded, random);
    const sqlite = await runOnEmbeddedStore((clock) => openSqliteStore({ path: ':memory:', clock }), embedded, random);
    log(`${2 * embedded} sessions expired in memory and on SQLite`);
    const mongodb = await runOnSharedStore(shared, random);
    const judges: Record<string, ExpiryJudge> = { memory, sqlite, mongodb };
    for (const [name, { violations }] of Object.entries(judges)) assert.deepEqual(violations, [], name);
    const events = Object.entries(judges).map(([name, { latenessMs }]) => [`${name} events`, latenessMs.length]);
    return {
      sessions: memory.expired + sqlite.expired + mongodb.expired,
      ...Object.fromEntries(events),
      'mongodb lateness': histogramOf(mongodb.latenessMs),
    };
  },
};
