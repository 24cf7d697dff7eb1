import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchableText } from '../../../src/model/search/searchable-text.ts';
import { TERM_LENGTH_MAX, TERMS_MAX, termsOf, wordsOf } from '../../../src/model/search/terms.ts';

test.each([
  ['Book FLIGHT hat136, please!', ['book', 'flight', 'hat136', 'please']],
  ['Café naïve Ångström', ['cafe', 'naive', 'angstrom']],
  ['Straße STRASSE STRAẞE', ['strasse', 'strasse', 'strasse']],
  ['ΟΔΟΣ οδός', ['οδος', 'οδος']],
  ['ﬁn Ｆｕｌｌ', ['fin', 'full']],
  ['東京2020', ['東', '京', '2020']],
  ['ﾊﾟﾝ パン', ['パ', 'ン', 'パ', 'ン']],
  ['한국어 हिन्दी', ['한국어', 'हिन्दी']],
  ['İstanbul', ['istanbul']],
  ['…, – !', []],
])('termsOf: %j gives %j', (text, terms) => {
  expect(termsOf(text)).toEqual(terms);
});

test('termsOf: case and composition make no difference', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(termsOf(text.normalize('NFD'))).toEqual(termsOf(text.normalize('NFC')));
      expect(termsOf(termsOf(text).join(' '))).toEqual(termsOf(text));
    }),
  );
});

test('termsOf: cuts long terms and stops at the most terms', () => {
  expect(termsOf('a'.repeat(TERM_LENGTH_MAX + 1))).toEqual(['a'.repeat(TERM_LENGTH_MAX)]);
  expect(termsOf('a '.repeat(TERMS_MAX + 1))).toHaveLength(TERMS_MAX);
});

test('wordsOf: names the place of each word in the text as given', () => {
  const text = '👍 Zürich, 東京';
  expect(Array.from(wordsOf(text), ({ from, to }) => text.slice(from, to))).toEqual(['Zürich', '東', '京']);
});

test('searchableText: holds what every kind of part says, and not what goes back to the provider', () => {
  const text = searchableText({
    parts: [
      { kind: 'text', text: 'hello', providerData: '"secret"' },
      { kind: 'reasoning', text: 'think' },
      { kind: 'toolCall', id: 'c1', name: 'lookup', arguments: '{"id":7}' },
      {
        kind: 'toolResult',
        callId: 'c1',
        name: '',
        content: 'found',
        parts: [{ kind: 'text', text: 'more' }],
        isError: false,
      },
      { kind: 'file', mimeType: 'image/png', filename: 'map.png', data: new Uint8Array([1]) },
      { kind: 'data', type: 'note', json: '{"a":1}' },
    ],
  });
  expect(text.split('\n')).toEqual(['hello', 'think', 'lookup', '{"id":7}', 'found', 'more', 'map.png', '{"a":1}']);
});
