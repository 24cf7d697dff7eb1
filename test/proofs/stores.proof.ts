import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { Proof } from '../support/proof.ts';
import { commandSequences } from './stores/commands.ts';
import { type Contestant, SideBySide } from './stores/side-by-side.ts';

const memory: Contestant = {
  open: async (clock) => openMemoryStore({ clock }),
  reopen: async (store) => store,
};

/** Performs random commands on the reference and on SQLite side by side; fast-check shrinks a difference to few steps. */
export const proof: Proof = {
  claim: 'whatever happens to sessions, SQLite answers and shows what the memory store does, after every step',
  counts: { short: 25, full: 1000 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-stores-'));
    let files = 0;
    let steps = 0;
    let answered = 0;
    let events = 0;
    const property = fc.asyncProperty(commandSequences, async (commands) => {
      files += 1;
      const path = join(folder, `${files}.db`);
      const stores = new SideBySide(memory, sqliteAt(path));
      events += await stores.run(commands);
      answered += stores.answered;
      steps += commands.length;
      if (files % 100 === 0) log(`${files} sequences, ${steps} steps, ${events} events`);
    });
    try {
      await fc.assert(property, { numRuns: count, seed, endOnFailure: false });
    } finally {
      await rm(folder, { recursive: true });
    }
    return { sequences: count, steps, 'calls answered': answered, 'rows of events': events };
  },
};

function sqliteAt(path: string): Contestant {
  const open: Contestant['open'] = async (clock) => openSqliteStore({ path, synchronous: 'NORMAL', clock });
  return {
    open,
    reopen: async (store, clock) => {
      await store.close();
      return open(clock);
    },
  };
}
