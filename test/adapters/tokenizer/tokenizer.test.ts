import fc from 'fast-check';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { splitText } from '../../../src/adapters/tokenizer/split-text.ts';
import { createTokenizer } from '../../../src/adapters/tokenizer/tokenizer.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const tokenizer = createTokenizer();

const prose = fc
  .array(
    fc.constantFrom(
      'flight',
      'réservation',
      '航班',
      '12345',
      'a1b22',
      '\n',
      '\r\n\r\n',
      '  ',
      '🙂',
      '"key": [',
      "don't",
      '/path/x',
      '<|endoftext|>',
      'Ünï',
    ),
    { minLength: 1, maxLength: 900, size: 'max' },
  )
  .map((words) => words.join(' '));

test('methodFor: newer models of OpenAI are counted by o200k, older ones by cl100k, others by o200k as an estimate', () => {
  const models = [
    'gpt-4o-mini',
    'openai/gpt-5.1',
    'o3',
    'o1-mini',
    'gpt-4.1',
    'ft:gpt-4o:us',
    'gpt-4',
    'gpt-4-turbo',
    'gpt-3.5-turbo',
    'claude-sonnet-4',
    'o2000',
    '',
  ];
  expect(models.map((model) => tokenizer.methodFor(model))).toEqual([
    ...Array(6).fill({ name: 'o200k', isExact: true }),
    ...Array(3).fill({ name: 'cl100k', isExact: true }),
    ...Array(3).fill({ name: 'o200k', isExact: false }),
  ]);
});

test('count: the tokens of an unknown model are counted by o200k', async () => {
  const text = '{"flight": "HAT001", "seats": [12, 13]}';
  expect(await tokenizer.count('', 'someone-elses')).toBe(0);
  expect(await tokenizer.count(text, 'someone-elses')).toBe(countO200k(text));
});

test('count: what looks like a special token is text', async () => {
  expect(await tokenizer.count('<|endoftext|>', 'gpt-4o')).toBeGreaterThan(1);
});

test('count: splitting a text with words and digits changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(prose, async (text) => {
      expect(await tokenizer.count(text, 'gpt-4o')).toBe(countO200k(text, { disallowedSpecial: new Set() }));
      expect(await tokenizer.count(text, 'gpt-4')).toBe(countCl100k(text, { disallowedSpecial: new Set() }));
    }),
    { numRuns: 60 },
  );
});

test('count: an unbroken text is off by a few tokens for each thousand characters at most', async () => {
  const text = '航班取消了'.repeat(600);
  const exact = countO200k(text);
  expect(Math.abs((await tokenizer.count(text, 'gpt-4o')) - exact)).toBeLessThanOrEqual(
    2 * Math.ceil(text.length / 1000),
  );
});

test('splitText: pieces are short, whole characters, and make up the text', () => {
  const texts = fc.oneof(
    prose,
    fc.string({ unit: 'binary', maxLength: 5000 }),
    fc.constantFrom('🙂'.repeat(3000), 'a'.repeat(2001)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const pieces = [...splitText(text)];
      expect(pieces.join('')).toBe(text);
      expect(pieces.every((piece) => piece.length <= 1000 && piece.isWellFormed())).toBe(text.isWellFormed());
    }),
  );
});

test('count: lets the event loop go while a long text without any break is counted', async () => {
  const random = new SeededRandom(7);
  const letters = Array.from({ length: 200_000 }, () => String.fromCharCode(97 + random.integer(26))).join('');
  await tokenizer.count('load', 'gpt-4o');
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  await tokenizer.count(letters, 'gpt-4o');
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(1);
});

test('count: stops when its caller has left', async () => {
  const leaving = new AbortController();
  const counting = tokenizer.count('a b '.repeat(500_000), 'gpt-4o', leaving.signal);
  leaving.abort(new Error('left'));
  await expect(counting).rejects.toThrow('left');
});
