import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeConversation, encodeConversation } from '../../../src/model/chat-completions/conversation-line.ts';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { requireFile } from '../../support/require.ts';

const AIRLINE = '../shared/data/airline-conversations.jsonl';

const call = { id: 'call_1', type: 'function', function: { name: 'book', arguments: '{ "seat":"12A" ,"n":1.0}' } };

/** Conversations as text: with everything that the form allows, and with what it does not know. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\uD800', '{"a": 1}'),
);
const foreign = fc.dictionary(
  fc.constantFrom('refusal', 'audio', 'annotations', 'weight'),
  fc.jsonValue() as fc.Arbitrary<JsonValue>,
);
const contentPart = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({
      url: fc.constantFrom('https://example.com/a.png', 'data:image/png;base64,aGk=', 'data:image/png;base64,aGk'),
    }),
  }),
  fc.record({ type: fc.constantFrom('input_audio', 'file'), value: fc.jsonValue() as fc.Arbitrary<JsonValue> }),
);
const content = fc.oneof(text, fc.constant(null), fc.array(contentPart, { maxLength: 3 }));
const toolCall = fc.record({
  id: fc.string({ minLength: 1 }),
  type: fc.constant('function'),
  function: fc.record({ name: fc.string({ minLength: 1 }), arguments: text }),
});
const message = fc
  .oneof(
    fc.tuple(
      fc.record(
        { role: fc.constantFrom('system', 'developer', 'user'), content, name: text },
        { requiredKeys: ['role'] },
      ),
      foreign,
    ),
    fc.tuple(
      fc.record(
        { role: fc.constant('assistant'), content, tool_calls: fc.array(toolCall, { maxLength: 3 }) },
        { requiredKeys: ['role'] },
      ),
      foreign,
    ),
    fc.tuple(
      fc.record(
        { role: fc.constant('tool'), content, tool_call_id: fc.string({ minLength: 1 }), name: text },
        { requiredKeys: ['role', 'tool_call_id'] },
      ),
      foreign,
    ),
  )
  .map(([known, unknown]) => ({ ...unknown, ...known }) as JsonObject);
const conversation = fc
  .tuple(fc.string({ minLength: 1 }), fc.array(message, { maxLength: 8 }), foreign)
  .map(([id, messages, metadata]): JsonObject => ({ id, ...metadata, messages }));

function again(line: string): JsonValue {
  return JSON.parse(encodeConversation(decodeConversation(line))) as JsonValue;
}

function reasonOf(line: string): string {
  try {
    decodeConversation(line);
  } catch (error) {
    if (error instanceof SessionError) return error.message;
  }
  throw new Error('the line was taken');
}

test('conversation line: whatever it holds comes back equal', () => {
  const lines = conversation.map((original) => JSON.stringify(original));
  fc.assert(
    fc.property(lines, (line) => {
      expect(again(line)).toEqual(JSON.parse(line));
    }),
    { numRuns: 300 },
  );
});

test('conversation line: texts, arguments and tool results of real conversations come back byte for byte', (context) => {
  const lines = readFileSync(requireFile(context, AIRLINE), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(100);
  for (const line of lines) expect(again(line)).toEqual(JSON.parse(line));
});

test('conversation line: usual messages need no native form', () => {
  const messages = [
    { role: 'user', content: 'hello', name: 'ann' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', name: 'book', content: '' },
  ];
  const decoded = decodeConversation(JSON.stringify({ id: 'a', messages }));
  expect(decoded.messages.every(({ native }) => native === undefined)).toBe(true);
  expect(decoded.messages.map(({ role, author }) => [role, author])).toEqual([
    ['USER', 'ann'],
    ['ASSISTANT', ''],
    ['TOOL', ''],
  ]);
  expect(decoded.messages[1]?.parts).toEqual([
    { kind: 'toolCall', id: 'call_1', name: 'book', arguments: call.function.arguments },
  ]);
});

test('conversation line: content that is null, empty, absent or an array of one stays what it was', () => {
  const messages = [{ content: null }, { content: '' }, {}, { content: [{ type: 'text', text: 'hi' }] }].map(
    (spoken) => ({ role: 'assistant', ...spoken }),
  );
  expect(again(JSON.stringify({ id: 'a', messages }))).toEqual({ id: 'a', messages });
});

test('conversation line: other keys are metadata, and unknown keys of messages stay with them', () => {
  const original = { id: 'a', success: false, messages: [{ role: 'user', content: 'hi', weight: 0 }] };
  const decoded = decodeConversation(JSON.stringify(original));
  expect(decoded.metadata).toEqual({ success: false });
  expect(decoded.messages[0]?.native).toEqual({ format: 'openai.chat', json: JSON.stringify(original.messages[0]) });
  expect(encodeConversation(decoded)).toBe(JSON.stringify(original));
});

test.each([
  ['{"id": "a", "messages": [', 'line is no JSON'],
  ['[]', 'line is no JSON object'],
  ['{"messages": []}', 'id is missing'],
  ['{"id": "a"}', 'messages is missing'],
  ['{"id": "a", "messages": ["hi"]}', 'messages[0] is no object'],
  ['{"id": "a", "messages": [{"content": "hi"}]}', 'messages[0].role is missing'],
  ['{"id": "a", "messages": [{"role": "function", "content": "hi"}]}', 'messages[0].role is'],
  ['{"id": "a", "messages": [{"role": "user", "content": 7}]}', 'messages[0].content is neither'],
  ['{"id": "a", "messages": [{"role": "tool", "content": ""}]}', 'messages[0].tool_call_id is missing'],
  [
    '{"id": "a", "messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]}',
    'messages[0].tool_calls[0].function is missing',
  ],
  [
    '{"id": "a", "messages": [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}]}]}',
    'messages[0].tool_calls[0].function.arguments is no text',
  ],
])('conversation line: %s is refused, naming what is wrong', (line, reason) => {
  expect(reasonOf(line)).toContain(reason);
});
