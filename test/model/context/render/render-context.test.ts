import { expect, test } from 'vitest';
import type { ContextFormat } from '../../../../src/model/context/render/render-context.ts';
import type { Message, Part } from '../../../../src/model/message.ts';
import { contextOf } from '../context-of.ts';
import { calling, loadedOf, messageOf, resulting, said } from '../messages.ts';

function render(
  format: ContextFormat,
  messages: Message[],
  options: { systemPrompt?: string; includeFiles?: boolean } = {},
) {
  return JSON.parse(contextOf(loadedOf(messages), { tokenLimit: 1_000_000, format, ...options }).rendered);
}

const asked = said('USER', 'book a seat');
const booking = [asked, calling('c1', 'c2'), resulting('c2'), resulting('c1'), said('ASSISTANT', 'done')];
const found = (id: string) => `what the call ${id} found where it was told to look for it`;

test('openai: calls carry their arguments verbatim, and each result is a message', () => {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{"at":1}' } });
  expect(render('OPENAI_CHAT', booking, { systemPrompt: 'be kind' })).toEqual([
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'book a seat' },
    { role: 'assistant', content: null, tool_calls: [call('c1'), call('c2')] },
    { role: 'tool', tool_call_id: 'c2', content: found('c2') },
    { role: 'tool', tool_call_id: 'c1', content: found('c1') },
    { role: 'assistant', content: 'done' },
  ]);
});

test('anthropic: results stand in one user message behind their calls', () => {
  const use = (id: string) => ({ type: 'tool_use', id, name: 'look', input: { at: 1 } });
  const result = (id: string) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: [{ type: 'text', text: found(id) }],
  });
  expect(render('ANTHROPIC', booking, { systemPrompt: 'be kind' })).toEqual({
    system: [{ type: 'text', text: 'be kind' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'book a seat' }] },
      { role: 'assistant', content: [use('c1'), use('c2')] },
      { role: 'user', content: [result('c2'), result('c1')] },
      { role: 'assistant', content: [{ type: 'text', text: 'done' }] },
    ],
  });
});

test('gemini: results stand in the order of their calls', () => {
  const call = { functionCall: { name: 'look', args: { at: 1 } } };
  const result = (id: string) => ({ functionResponse: { name: 'look', response: { output: found(id) } } });
  expect(render('GEMINI', booking, { systemPrompt: 'be kind' })).toEqual({
    systemInstruction: { parts: [{ text: 'be kind' }] },
    contents: [
      { role: 'user', parts: [{ text: 'book a seat' }] },
      { role: 'model', parts: [call, call] },
      { role: 'user', parts: [result('c1'), result('c2')] },
      { role: 'model', parts: [{ text: 'done' }] },
    ],
  });
});

test('anthropic, gemini: a conversation that the assistant begins is opened by a line of the user', () => {
  const greeting = [said('SYSTEM', 'be kind'), said('ASSISTANT', 'good day')];
  expect(render('ANTHROPIC', greeting).messages.map(({ role }: { role: string }) => role)).toEqual([
    'user',
    'assistant',
  ]);
  expect(render('GEMINI', greeting).contents.map(({ role }: { role: string }) => role)).toEqual(['user', 'model']);
  expect(render('OPENAI_CHAT', greeting)).toHaveLength(2);
});

test('anthropic: reasoning goes back only with its signature, a whole block verbatim', () => {
  const block = '{"type":"redacted_thinking","data":"x y"}';
  const reasoning = (providerData?: string): Part => ({
    kind: 'reasoning',
    text: 'hm',
    ...(providerData === undefined ? {} : { providerData }),
  });
  const parts: Part[] = [reasoning(), reasoning('{"signature":"s"}'), reasoning(block), { kind: 'text', text: 'so ' }];
  expect(render('ANTHROPIC', [asked, messageOf('ASSISTANT', parts)]).messages[1].content).toEqual([
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 'x y' },
    { type: 'text', text: 'so' },
  ]);
  expect(JSON.stringify(render('OPENAI_CHAT', [asked, messageOf('ASSISTANT', parts)]))).not.toContain('hm');
});

test('anthropic, gemini: arguments go on byte for byte, and those that are no object are wrapped', () => {
  const call = (text: string) => messageOf('ASSISTANT', [{ kind: 'toolCall', id: 'c', name: 'f', arguments: text }]);
  const exact = '{"id": 12345678901234567890, "id2":1.0}';
  expect(contextOf(loadedOf([asked, call(exact)]), { tokenLimit: 4000, format: 'ANTHROPIC' }).rendered).toContain(
    `"input":${exact}`,
  );
  expect(contextOf(loadedOf([asked, call(exact)]), { tokenLimit: 4000, format: 'GEMINI' }).rendered).toContain(
    `"args":${exact}`,
  );
  expect(render('ANTHROPIC', [asked, call('seat 12')]).messages[1].content[0].input).toEqual({ arguments: 'seat 12' });
  expect(render('ANTHROPIC', [asked, call('')]).messages[1].content[0].input).toEqual({});
});

test('every format: files go inline, by address, or as a short text', () => {
  const image: Part = { kind: 'file', mimeType: 'image/png', filename: 'a.png', data: new Uint8Array([1, 2]) };
  const linked: Part = { kind: 'file', mimeType: 'image/png', filename: '', uri: 'https://example.com/b.png' };
  const sent = [messageOf('USER', [image, linked])];
  const left = '[file a.png (image/png), not included]';
  const url = linked.uri;
  expect(render('OPENAI_CHAT', sent)[0].content).toEqual([
    { type: 'text', text: left },
    { type: 'image_url', image_url: { url } },
  ]);
  expect(render('ANTHROPIC', sent).messages[0].content).toEqual([
    { type: 'text', text: left },
    { type: 'image', source: { type: 'url', url } },
  ]);
  expect(render('GEMINI', sent).contents[0].parts).toEqual([
    { text: left },
    { fileData: { mimeType: 'image/png', fileUri: url } },
  ]);
  const whole = { includeFiles: true };
  expect(render('OPENAI_CHAT', sent, whole)[0].content[0]).toEqual({
    type: 'image_url',
    image_url: { url: 'data:image/png;base64,AQI=' },
  });
  expect(render('ANTHROPIC', sent, whole).messages[0].content[0]).toEqual({
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'AQI=' },
  });
  expect(render('GEMINI', sent, whole).contents[0].parts[0]).toEqual({
    inlineData: { mimeType: 'image/png', data: 'AQI=' },
  });
});

test('every format: ids that are used again are told apart, and names that are not allowed are mended', () => {
  const call = (name: string) => messageOf('ASSISTANT', [{ kind: 'toolCall', id: 'same', name, arguments: '{}' }]);
  const used = [asked, call('find seat'), resulting('same'), asked, call('look'), resulting('same')];
  const chat = render('OPENAI_CHAT', used);
  expect([chat[1].tool_calls[0].id, chat[2].tool_call_id]).toEqual(['same', 'same']);
  expect([chat[4].tool_calls[0].id, chat[5].tool_call_id]).toEqual(['call_5_0', 'call_5_0']);
  expect(chat[1].tool_calls[0].function.name).toBe('find_seat');
  expect(render('GEMINI', used).contents[2].parts[0].functionResponse.name).toBe('find_seat');
});

test('every format: half a surrogate pair becomes a replacement character', () => {
  for (const format of ['OPENAI_CHAT', 'ANTHROPIC', 'GEMINI'] as const)
    expect(JSON.stringify(render(format, [said('USER', 'a\uD83Db')]))).toContain('a\uFFFDb');
});

test('openai: an author is a name where the form allows it', () => {
  const by = (author: string) => render('OPENAI_CHAT', [{ ...asked, author }])[0].name;
  expect([by('ann'), by('ann lee'), by('')]).toEqual(['ann', undefined, undefined]);
});
