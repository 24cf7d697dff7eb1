import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { brokenStores } from '../contract/broken-stores.ts';
import { commandSequences } from './stores/commands.ts';
import { type Contestant, SideBySide } from './stores/side-by-side.ts';

const caught = [
  'remembers no request id',
  'pages by time alone',
  'includes the start of a range',
  'searches beyond the scope',
];
const memory: Contestant = {
  open: async (clock) => openMemoryStore({ clock }),
  reopen: async (store) => store,
};

test.each(brokenStores.filter(({ fault }) => caught.includes(fault)))(
  'random commands tell a store that $fault from a whole one',
  async ({ breakStore }) => {
    const broken: Contestant = { ...memory, open: async (clock) => breakStore(await memory.open(clock)) };
    const compared = fc.check(comparison(broken), { numRuns: 60, seed: 1, endOnFailure: true });
    expect(String((await compared).errorInstance)).toMatch(/the stores (differ|answer differently)/);
  },
);

test('random commands tell no difference between two whole stores', async () => {
  await fc.assert(comparison(memory), { numRuns: 20 });
});

function comparison(other: Contestant) {
  return fc.asyncProperty(commandSequences, async (commands) => {
    await new SideBySide(memory, other).run(commands);
  });
}
