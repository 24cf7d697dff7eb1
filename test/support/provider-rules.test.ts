import { expect, test } from 'vitest';
import { brokenRules, type RenderedFormat } from './provider-rules.ts';

const user = { role: 'user', content: 'hi' };
const call = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
};
const result = { role: 'tool', tool_call_id: 'c', content: 'x' };

const text = (value: string) => ({ type: 'text', text: value });
const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] };
const used = { type: 'tool_result', tool_use_id: 'c' };

const called = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
const answered = { functionResponse: { name: 'f', response: { output: 'x' } } };

function faults(format: RenderedFormat, value: unknown): string {
  return brokenRules(format, JSON.stringify(value)).join('; ');
}

test('openai: calls with their results are taken', () => {
  expect(faults('OPENAI_CHAT', [user, call, result, user])).toBe('');
});

test.each([
  ['stands between a call', [user, call, user]],
  ['the last call has no result', [user, call]],
  ['answers no call', [user, result]],
  ['answers no call', [user, call, result, result]],
  ['says nothing', [user, { role: 'assistant', content: null }]],
  ['has role function', [{ role: 'function', content: '' }]],
])('openai: a fault is found: %s', (fault, messages) => {
  expect(faults('OPENAI_CHAT', messages)).toContain(fault);
});

test('anthropic: calls with their results are taken', () => {
  expect(
    faults('ANTHROPIC', {
      system: [text('x')],
      messages: [{ role: 'user', content: [text('hi')] }, use, { role: 'user', content: [used, text('x')] }],
    }),
  ).toBe('');
});

test.each([
  ['out of turn', [use]],
  ['the last call has no result', [{ role: 'user', content: [text('hi')] }, use]],
  ['were called', [{ role: 'user', content: [used] }]],
  ['behind other blocks', [{ role: 'user', content: [text('hi')] }, use, { role: 'user', content: [text('x'), used] }]],
  ['is empty', [{ role: 'user', content: [] }]],
  ['blank text', [{ role: 'user', content: [text(' ')] }]],
  [
    'ends with white space',
    [
      { role: 'user', content: [text('hi')] },
      { role: 'assistant', content: [text('so ')] },
    ],
  ],
])('anthropic: a fault is found: %s', (fault, messages) => {
  expect(faults('ANTHROPIC', { messages })).toContain(fault);
});

test('gemini: calls with their results are taken', () => {
  expect(
    faults('GEMINI', {
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }, called, { role: 'user', parts: [answered] }],
    }),
  ).toBe('');
});

test.each([
  ['out of turn', [called]],
  ['the last call has no result', [{ role: 'user', parts: [{ text: 'hi' }] }, called]],
  ['were called', [{ role: 'user', parts: [answered] }]],
  ['is empty', [{ role: 'user', parts: [] }]],
  ['empty text', [{ role: 'user', parts: [{ text: '' }] }]],
])('gemini: a fault is found: %s', (fault, contents) => {
  expect(faults('GEMINI', { contents })).toContain(fault);
});
