import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countTerms, scoreTexts } from '../../../src/model/search/rank.ts';

function score(query: string, ...texts: string[]): number[] {
  const queryTerms = new Set(query.split(' '));
  return scoreTexts(
    texts.map((text) => countTerms(text.split(' '), queryTerms)),
    queryTerms,
  );
}

test('scoreTexts: a rare word weighs more than a frequent one', () => {
  const [rare, frequent] = score('refund flight', 'refund x', 'flight x', 'flight y', 'flight z');
  expect(rare).toBeGreaterThan(frequent!);
});

test('scoreTexts: more of the words, and the same words in a shorter text, score higher', () => {
  const [both, one, long] = score('refund flight', 'refund flight', 'refund x', 'refund x y z');
  expect(both).toBeGreaterThan(one!);
  expect(one).toBeGreaterThan(long!);
});

test('scoreTexts: equals the published formula', () => {
  const rarity = Math.log(1 + (2 - 1 + 0.5) / (1 + 0.5));
  expect(score('a', 'a a', 'b b')[0]).toBeCloseTo((rarity * 2 * 2.2) / (2 + 1.2), 12);
});

test('scoreTexts: a text without the words scores 0, and no texts have no scores', () => {
  expect(score('a', 'b', 'a')[0]).toBe(0);
  expect(scoreTexts([], new Set(['a']))).toEqual([]);
});

test('scoreTexts: scores do not depend on the order of texts or query', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 8 })
    .map((terms) => terms.join(' '));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), (texts) => {
      const forward = score('a b', ...texts);
      const backward = score('b a', ...texts.toReversed()).toReversed();
      for (const [index, value] of forward.entries()) expect(backward[index]).toBeCloseTo(value, 10);
    }),
  );
});
