import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snippetOf } from '../../../src/model/search/snippet.ts';
import { termsOf } from '../../../src/model/search/terms.ts';

function marked(text: string, query: string): string[] {
  const { snippet, marks } = snippetOf(text, new Set(termsOf(query)));
  const characters = Array.from(snippet);
  return marks.map(({ start, length }) => characters.slice(start, start + length).join(''));
}

test('snippetOf: a short text is its own snippet, with its words marked as they are written', () => {
  expect(snippetOf('Where is Zürich?', new Set(['zurich'])).snippet).toBe('Where is Zürich?');
  expect(marked('Where is Zürich?', 'zurich')).toEqual(['Zürich']);
});

test('snippetOf: marks count code points', () => {
  expect(snippetOf('👍👍 ok', new Set(['ok'])).marks).toEqual([{ start: 3, length: 2 }]);
});

test('snippetOf: characters that touch share a mark', () => {
  expect(marked('来週東京へ行く', '東京')).toEqual(['東京']);
});

test('snippetOf: takes the piece with the most different words', () => {
  const text = `refund ${'x '.repeat(300)}refund of the flight${' y'.repeat(300)} refund`;
  const { snippet } = snippetOf(text, new Set(['refund', 'flight']));
  expect(snippet).toContain('refund of the flight');
  expect(snippet.length).toBeLessThanOrEqual(240);
});

test('snippetOf: a text without the words gives its beginning', () => {
  const { snippet, marks } = snippetOf('word '.repeat(100), new Set(['other']));
  expect('word '.repeat(100).startsWith(snippet)).toBe(true);
  expect(marks).toEqual([]);
});

test('snippetOf: a word longer than a snippet is cut and marked', () => {
  const { snippet, marks } = snippetOf(`a ${'b'.repeat(1000)}`, new Set(['b'.repeat(64)]));
  expect(snippet).toBe('b'.repeat(240));
  expect(marks).toEqual([{ start: 0, length: 240 }]);
});

test('snippetOf: is a bounded piece of the text with ordered marks inside, and never half a character', () => {
  const word = fc.constantFrom('flight', 'Flüge', '東京', '👍🏽', 'x'.repeat(50), '\n', '𝒳𝒴');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 80 }), fc.constantFrom('', ' '), (words, separator) => {
      const text = words.join(separator);
      const { snippet, marks } = snippetOf(text, new Set(['flight', '東', 'xy']));
      expect(text).toContain(snippet);
      expect(snippet.length).toBeLessThanOrEqual(240);
      expect(snippet.isWellFormed()).toBe(true);
      let end = -1;
      for (const { start, length } of marks) {
        expect(start).toBeGreaterThan(end);
        expect(length).toBeGreaterThan(0);
        end = start + length;
      }
      expect(end).toBeLessThanOrEqual(Array.from(snippet).length);
    }),
  );
});
