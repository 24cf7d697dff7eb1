import { expect, test } from 'vitest';
import { estimateMessageTokens, estimateTokens } from '../../../src/model/context/estimate-tokens.ts';
import { messageTexts } from '../../../src/model/context/message-texts.ts';
import { calling, messageOf, said } from './messages.ts';

test('estimateTokens: four bytes of UTF-8 are a token, rounded up', () => {
  expect(['', 'a', 'abcd', 'abcde', 'éé', '航班'].map(estimateTokens)).toEqual([0, 1, 1, 2, 1, 2]);
});

test('estimateMessageTokens: framing, calls and files cost beside the texts', () => {
  expect(estimateMessageTokens(said('USER', ''))).toBe(4);
  expect(estimateMessageTokens({ ...said('USER', 'abcd'), author: 'ann' })).toBe(6);
  expect(estimateMessageTokens(calling('c'))).toBe(4 + 8 + 1 + 2);
  expect(
    estimateMessageTokens(messageOf('USER', [{ kind: 'file', mimeType: 'image/png', filename: '', uri: 'x' }])),
  ).toBe(1004);
});

test('messageTexts: what a tool answered counts with all its parts, ids and native forms do not', () => {
  const message = {
    ...messageOf('TOOL', [
      {
        kind: 'toolResult',
        callId: 'c',
        name: 'f',
        content: 'one',
        parts: [{ kind: 'data', type: 't', json: '{}' }],
        isError: false,
      },
    ]),
    native: { format: 'x', json: '"long"' },
  };
  expect(messageTexts(message)).toEqual({ texts: ['f', 'one', 't', '{}'], flatTokens: 12 });
});
