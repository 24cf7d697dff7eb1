import { expect, test } from 'vitest';
import { repairToolCalls } from '../../../src/model/context/repair-tool-calls.ts';
import type { Message } from '../../../src/model/message.ts';
import { calling, loadedOf, messageOf, resulting, said } from './messages.ts';

/** Shows a repaired history as `sequence: role ids`. */
function shown(messages: Message[]): string[] {
  return repairToolCalls(loadedOf(messages)).messages.map(({ sequence, message }) => {
    const ids = message.parts.flatMap((part) =>
      part.kind === 'toolCall' ? part.id : part.kind === 'toolResult' ? part.callId : [],
    );
    return [`${sequence}:`, message.role, ...ids].join(' ');
  });
}

const result = (callId: string) => ({
  kind: 'toolResult' as const,
  callId,
  name: '',
  content: 'x',
  parts: [],
  isError: false,
});

test('repair: what is in order stays as it is', () => {
  const history = loadedOf([
    said('USER', 'hi'),
    calling('a', 'b'),
    resulting('b'),
    resulting('a'),
    said('ASSISTANT', 'done'),
  ]);
  const repaired = repairToolCalls(history);
  expect(repaired.messages.map(({ message }) => message)).toEqual(history.map(({ message }) => message));
  expect(repaired.messages.every(({ isChanged }) => !isChanged)).toBe(true);
  expect(repaired).toMatchObject({ repairs: [], standInCount: 0 });
});

test('repair: a result that came late moves behind its call', () => {
  expect(shown([calling('a'), said('USER', 'well?'), resulting('a')])).toEqual([
    '1: ASSISTANT a',
    '3: TOOL a',
    '2: USER',
  ]);
  expect(repairToolCalls(loadedOf([calling('a'), said('USER', 'well?'), resulting('a')])).repairs).toEqual([
    { sequence: 3, reason: 'moved behind its call in message 1', isLeftOut: false },
  ]);
});

test('repair: a call without a result gets a stand-in, in the middle and at the end', () => {
  expect(shown([calling('a'), said('USER', 'never mind'), calling('b', 'c'), resulting('c')])).toEqual([
    ...['1: ASSISTANT a', '0: TOOL a', '2: USER'],
    ...['3: ASSISTANT b c', '4: TOOL c', '0: TOOL b'],
  ]);
});

test('repair: a result that answers no call before it is left out', () => {
  const { messages, repairs } = repairToolCalls(loadedOf([resulting('a'), said('USER', 'hi')]));
  expect(messages.map(({ sequence }) => sequence)).toEqual([2]);
  expect(repairs).toEqual([{ sequence: 1, reason: expect.stringContaining('no open call a'), isLeftOut: true }]);
});

test('repair: a call is answered once', () => {
  expect(shown([calling('a'), resulting('a'), resulting('a')])).toEqual(['1: ASSISTANT a', '2: TOOL a']);
});

test('repair: of calls with one id the newest open one is answered', () => {
  expect(shown([calling('a'), said('USER', 'again'), calling('a'), resulting('a')])).toEqual([
    ...['1: ASSISTANT a', '0: TOOL a', '2: USER'],
    ...['3: ASSISTANT a', '4: TOOL a'],
  ]);
});

test('repair: results are parted from what else their message says, and from results of other calls', () => {
  const mixed = messageOf('USER', [result('a'), { kind: 'text', text: 'and now?' }, result('b')]);
  expect(shown([calling('a'), calling('b'), mixed])).toEqual([
    '1: ASSISTANT a',
    '3: TOOL a',
    '2: ASSISTANT b',
    '3: TOOL b',
    '3: USER',
  ]);
});

test('repair: only the assistant calls tools', () => {
  const call = { kind: 'toolCall' as const, id: 'a', name: 'f', arguments: '{}' };
  expect(shown([messageOf('USER', [call]), resulting('a'), said('USER', 'hi')])).toEqual(['3: USER']);
});
