import type { JsonObject, JsonValue } from '../../src/model/json.ts';

/** RenderedFormat is a form whose rules a provider has published. */
export type RenderedFormat = 'OPENAI_CHAT' | 'ANTHROPIC' | 'GEMINI';

/** Returns what a provider would refuse in a rendered context, in words; empty where it would take it. */
export function brokenRules(format: RenderedFormat, rendered: string): string[] {
  const value = JSON.parse(rendered) as JsonValue;
  const broken = rendered.isWellFormed() ? [] : ['the text is not valid Unicode'];
  const check = { OPENAI_CHAT: openAiRules, ANTHROPIC: anthropicRules, GEMINI: geminiRules }[format];
  return [...broken, ...check(value)];
}

/** Rules of OpenAI's API reference (Create chat completion) and of its guide on function calling. */
function openAiRules(value: JsonValue): string[] {
  if (!Array.isArray(value)) return ['messages is no array'];
  const messages = value as JsonObject[];
  const broken: string[] = [];
  let awaited: unknown[] = [];
  for (const [index, message] of messages.entries()) {
    const say = (fault: string) => broken.push(`messages[${index}] ${fault}`);
    const { role, content, tool_calls: calls, tool_call_id: answers } = message;
    if (role === 'tool') {
      if (!awaited.includes(answers)) say('is a tool message that answers no call directly before it');
      awaited = awaited.filter((id) => id !== answers);
      if (!isTextContent(content)) say('has tool content that is no text');
      continue;
    }
    if (awaited.length > 0) say('stands between a call and its result');
    awaited = [];
    if (!['system', 'developer', 'user', 'assistant'].includes(String(role))) say(`has role ${role}`);
    if (role !== 'assistant' && calls !== undefined) say('calls tools without being the assistant');
    if (role === 'user' && !isUserContent(content)) say('has user content of an unknown kind');
    if ((role === 'system' || role === 'developer') && !isTextContent(content))
      say('has instructions that are no text');
    if (role !== 'assistant') continue;
    if (calls === undefined && !isTextContent(content)) say('says nothing and calls nothing');
    if (calls !== undefined && content !== null && !isTextContent(content)) say('has content of an unknown kind');
    awaited = openAiCalls(calls, say);
  }
  if (awaited.length > 0) broken.push('the last call has no result');
  return broken;
}

function openAiCalls(calls: JsonValue | undefined, say: (fault: string) => void): unknown[] {
  if (calls === undefined) return [];
  const list = calls as JsonObject[];
  if (list.length === 0) say('has an empty tool_calls');
  for (const call of list) {
    const called = call.function as JsonObject;
    if (call.type !== 'function' || typeof called.arguments !== 'string') say('has a call that is no function call');
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(called.name))) say('calls a function whose name is not allowed');
    if (String(call.id).length > 40 || call.id === '') say('has a call id that is not allowed');
  }
  const ids = list.map(({ id }) => id);
  if (new Set(ids).size < ids.length) say('has two calls of one id');
  return ids;
}

function isTextContent(content: JsonValue | undefined): boolean {
  return typeof content === 'string' || isPartArray(content, ['text']);
}

function isUserContent(content: JsonValue | undefined): boolean {
  return typeof content === 'string' || isPartArray(content, ['text', 'image_url', 'input_audio', 'file']);
}

function isPartArray(content: JsonValue | undefined, types: string[]): boolean {
  if (!Array.isArray(content) || content.length === 0) return false;
  return (content as JsonObject[]).every(({ type }) => types.includes(String(type)));
}

/** Rules of Anthropic's API reference (Create a message) and of its guides on tool use and extended thinking. */
function anthropicRules(value: JsonValue): string[] {
  const { system, messages, ...others } = value as { system?: JsonObject[]; messages: JsonObject[] };
  const broken = Object.keys(others).map((key) => `there is no ${key}`);
  if (system !== undefined && (system.length === 0 || system.some(isBlank))) broken.push('system holds blank text');
  const ids = new Set<unknown>();
  let awaited: unknown[] = [];
  for (const [index, message] of messages.entries()) {
    const say = (fault: string) => broken.push(`messages[${index}] ${fault}`);
    const blocks = message.content as JsonObject[];
    if (message.role !== (index % 2 === 0 ? 'user' : 'assistant')) say(`is of ${message.role}, out of turn`);
    if (blocks.length === 0) say('is empty');
    if (blocks.some(isBlank)) say('holds blank text');
    const answered = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => id);
    if (answered.toSorted().join() !== awaited.toSorted().join())
      say(`answers ${answered} where ${awaited} were called`);
    if (blocks.slice(0, answered.length).some(({ type }) => type !== 'tool_result'))
      say('has results behind other blocks');
    const calls = blocks.filter(({ type }) => type === 'tool_use');
    if (calls.length > 0 && message.role !== 'assistant') say('calls tools without being the assistant');
    for (const { id, name, input } of calls) {
      if (ids.has(id) || !/^[a-zA-Z0-9_-]+$/.test(String(id)))
        say(`has a call id that is doubled or not allowed: ${id}`);
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(name))) say(`calls a tool whose name is not allowed: ${name}`);
      if (!isPlainObject(input)) say('has input that is no object');
      ids.add(id);
    }
    awaited = calls.map(({ id }) => id);
    const thinking = blocks.filter(({ type }) => type === 'thinking');
    if (thinking.some(({ signature }) => typeof signature !== 'string')) say('has thinking without its signature');
    if (blocks.at(-1)?.type === 'thinking') say('ends with thinking');
  }
  if (awaited.length > 0) broken.push('the last call has no result');
  const last = messages.at(-1);
  const end = (last?.content as JsonObject[] | undefined)?.at(-1)?.text;
  if (last?.role === 'assistant' && typeof end === 'string' && end !== end.trimEnd())
    broken.push('the last answer ends with white space');
  return broken;
}

function isBlank({ type, text }: JsonObject): boolean {
  return type === 'text' && String(text).trim() === '';
}

/** Rules of Gemini's API reference (Content, Part) and of its guide on function calling. */
function geminiRules(value: JsonValue): string[] {
  const { systemInstruction, contents, ...others } = value as {
    systemInstruction?: JsonObject;
    contents: JsonObject[];
  };
  const broken = Object.keys(others).map((key) => `there is no ${key}`);
  if (systemInstruction !== undefined)
    broken.push(...partFaults(systemInstruction.parts).map((fault) => `systemInstruction ${fault}`));
  let awaited: unknown[] = [];
  for (const [index, content] of contents.entries()) {
    const say = (fault: string) => broken.push(`contents[${index}] ${fault}`);
    const parts = content.parts as JsonObject[];
    if (content.role !== (index % 2 === 0 ? 'user' : 'model')) say(`is of ${content.role}, out of turn`);
    for (const fault of partFaults(parts)) say(fault);
    const answered = parts.flatMap(({ functionResponse }) =>
      functionResponse === undefined ? [] : (functionResponse as JsonObject).name,
    );
    if (answered.join() !== awaited.join()) say(`answers ${answered} where ${awaited} were called`);
    const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall as JsonObject]));
    if (calls.length > 0 && content.role !== 'model') say('calls functions without being the model');
    if (calls.some(({ args }) => !isPlainObject(args))) say('has arguments that are no object');
    if (calls.some(({ name }) => !/^[a-zA-Z_][\w.:-]{0,63}$/.test(String(name))))
      say('calls a function whose name is not allowed');
    awaited = calls.map(({ name }) => name);
  }
  if (awaited.length > 0) broken.push('the last call has no result');
  return broken;
}

const GEMINI_PARTS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'];

function partFaults(value: JsonValue | undefined): string[] {
  const parts = value as JsonObject[];
  if (parts.length === 0) return ['is empty'];
  return parts.flatMap((part) => {
    const kinds = Object.keys(part).filter((key) => key !== 'thoughtSignature');
    if (kinds.length !== 1 || !GEMINI_PARTS.includes(kinds[0] ?? '')) return [`has a part of ${kinds.join(' and ')}`];
    return part.text === '' ? ['has an empty text'] : [];
  });
}

function isPlainObject(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
