import { expect, test } from 'vitest';
import { isSlip, nearestName, suggestionFor } from '../../src/config/nearest-name.ts';

test('nearestName: counts inserted, dropped and replaced characters', () => {
  const edits = (name: string) => nearestName(name, ['dormant-after'])?.edits;
  expect([edits('dormant-after'), edits('dormant-aftr'), edits('dormants-after'), edits('dormant_after')]).toEqual([
    0, 1, 1, 1,
  ]);
  expect(nearestName('ttl', [])).toBeNull();
});

test('suggestionFor: names what is near and nothing that is not', () => {
  expect(suggestionFor('sevre', ['serve', 'import'])).toBe(' (did you mean serve?)');
  expect(suggestionFor('frobnicate', ['serve', 'import'])).toBe('');
});

test('isSlip: one edit of a short name, a sixth of a long one', () => {
  expect([isSlip({ name: 'TTL', edits: 1 }), isSlip({ name: 'TTL', edits: 2 })]).toEqual([true, false]);
  expect([isSlip({ name: 'DORMANT_AFTER', edits: 2 }), isSlip({ name: 'DORMANT_AFTER', edits: 3 })]).toEqual([
    true,
    false,
  ]);
});
