import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { ContractCase } from '../../src/contract/contract-case.ts';
import type { Harness } from '../../src/contract/harness.ts';
import { contractCases } from '../../src/contract/suite.ts';
import { brokenStores } from './broken-stores.ts';
import { severableHarness } from './severable-store.ts';

const whole: Harness = { open: async (clock) => openMemoryStore({ clock }) };

test.each(brokenStores)('the contract catches a store that $fault', async ({ caughtBy, breakStore }) => {
  const broken: Harness = { open: async (clock) => breakStore(await whole.open(clock)) };
  await caseTitled(caughtBy).run(whole);
  await expect(caseTitled(caughtBy).run(broken)).rejects.toBeInstanceOf(AssertionError);
});

test('the contract catches a store that takes being cut off for being empty', async () => {
  const outage = caseTitled('a store that is cut off is STORE_UNAVAILABLE, never empty');
  await outage.run(severableHarness('refuses'));
  await expect(outage.run(severableHarness('answers as if empty'))).rejects.toBeInstanceOf(AssertionError);
});

test('a store that is joined again passes', async () => {
  await caseTitled('a store that is joined again serves in full by itself').run(severableHarness('refuses'));
});

test('every title of the contract is there once within its topic', () => {
  const titles = contractCases.map(({ topic, title }) => `${topic}: ${title}`);
  expect(titles).toEqual([...new Set(titles)]);
});

function caseTitled(title: string): ContractCase {
  const found = contractCases.find((each) => each.title === title);
  if (found === undefined) throw new Error(`the contract has no case titled "${title}"`);
  return found;
}
