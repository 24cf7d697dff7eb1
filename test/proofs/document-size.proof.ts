import assert from 'node:assert/strict';
import { ManualClock } from '../support/manual-clock.ts';
import { openCachedMongoAt } from '../support/open-cached-mongo.ts';
import type { Proof } from '../support/proof.ts';
import { mongoServer } from '../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../support/servers/scratch-databases.ts';
import { openTestEngine } from '../support/test-engine.ts';
import { stepsOf } from './document-size/full-session.ts';
import { type Largest, noteLargest, WRITTEN_ONCE } from './document-size/largest-documents.ts';

const REQUEST_IDS_MAX = 4000;
const BYTES_MAX = 256 * 1024;

/** Request ids may be forgotten after two minutes. */
const FORGETTING_MS = 130_000;

/** Uses every limit on one session and looks at the size of each document, before and after commits are finished. */
export const proof: Proof = {
  claim: 'on MongoDB no document is ever above 256 KiB, with every limit used to the full',
  counts: { short: 2, full: 60 },
  async run({ count, seed, log }) {
    const server = await mongoServer();
    const scratch = new ScratchDatabases(server);
    const database = scratch.next();
    const clock = new ManualClock();
    const store = await openCachedMongoAt(server.urlOf(database), clock);
    const opened = await openTestEngine({ store, clock, seed, settings: { uncertaintyMs: 0 } });
    const largest: Largest = new Map();
    try {
      for (const { title, run } of stepsOf({ durations: count, requestIds: Math.min(REQUEST_IDS_MAX, 500 * count) })) {
        await run(opened);
        await noteLargest(scratch.client, database, largest, { after: title, except: WRITTEN_ONCE });
        clock.advance(FORGETTING_MS);
        while ((await store.finishCommits()) > 0);
        await noteLargest(scratch.client, database, largest, { after: title, except: WRITTEN_ONCE });
        log(`${title}: the session has ${largest.get('sessions')?.bytes} bytes at most so far`);
      }
      await noteLargest(scratch.client, database, largest, { after: 'all of it' });
    } finally {
      await opened.engine.close();
      await store.close();
      await scratch.close();
    }
    const figures = [...largest].map(([name, { bytes, after }]) => [name, `${bytes} bytes after ${after}`] as const);
    const over = [...largest.values()].filter(({ bytes }) => bytes > BYTES_MAX);
    assert.equal(over.length, 0, figures.map(([name, text]) => `${name}: ${text}`).join('; '));
    return Object.fromEntries(figures.map(([name, text]) => [`largest of ${name}`, text]));
  },
};
