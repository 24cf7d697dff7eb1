import { expect, test } from 'vitest';
import { encodeChatMessage } from '../../../src/model/chat-completions/encode-chat-message.ts';
import { messageOf } from '../context/messages.ts';

const result = { kind: 'toolResult' as const, name: '', parts: [], isError: false };

test('encodeChatMessage: each result of a message becomes a message, before what is said beside them', () => {
  const message = messageOf('USER', [
    { kind: 'text', text: 'and now?' },
    { ...result, callId: 'a', content: '1' },
    { ...result, callId: 'b', content: '2', parts: [{ kind: 'text', text: 'more' }] },
  ]);
  expect(encodeChatMessage(message)).toEqual([
    { role: 'tool', tool_call_id: 'a', content: '1' },
    {
      role: 'tool',
      tool_call_id: 'b',
      content: [
        { type: 'text', text: '2' },
        { type: 'text', text: 'more' },
      ],
    },
    { role: 'user', content: 'and now?' },
  ]);
});

test('encodeChatMessage: reasoning, files and typed JSON have a place', () => {
  const message = messageOf('ASSISTANT', [
    { kind: 'reasoning', text: 'hm' },
    { kind: 'file', mimeType: 'application/pdf', filename: 'a.pdf', data: new Uint8Array([1, 2]) },
    { kind: 'data', type: 'seat', json: '{"row":1}' },
  ]);
  expect(encodeChatMessage(message)).toEqual([
    {
      role: 'assistant',
      reasoning_content: 'hm',
      content: [
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AQI=' } },
        { type: 'data', data: { type: 'seat', json: '{"row":1}' } },
      ],
    },
  ]);
});

test('encodeChatMessage: a native form that is no JSON object gives way to the parts', () => {
  const message = {
    ...messageOf('USER', [{ kind: 'text', text: 'hi' }]),
    native: { format: 'openai.chat', json: '[' },
  };
  expect(encodeChatMessage(message)).toEqual([{ role: 'user', content: 'hi' }]);
});
