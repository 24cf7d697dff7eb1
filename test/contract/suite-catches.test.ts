import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { ContractCase } from '../../src/contract/contract-case.ts';
import type { Harness } from '../../src/contract/harness.ts';
import { contractCases } from '../../src/contract/suite.ts';
import { brokenStores } from './broken-stores.ts';

const whole: Harness = { open: async (clock) => openMemoryStore({ clock }) };

test.each(brokenStores)('the contract catches a store that $fault', async ({ caughtBy, breakStore }) => {
  const broken: Harness = { open: async (clock) => breakStore(await whole.open(clock)) };
  await caseTitled(caughtBy).run(whole);
  await expect(caseTitled(caughtBy).run(broken)).rejects.toBeInstanceOf(AssertionError);
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
