import type { FilePart, Message, Part, ToolResult } from '../../message.ts';
import { fitToolNames, type ToolNameRules } from './fit-tool-names.ts';
import { argumentsJson, arrayJson, asObject, type JsonText, objectJson, parseJson, textJson } from './json-text.ts';
import { mergeTurns, type Turn } from './merge-turns.ts';
import { fileText, inlineBase64, partText, partTexts } from './part-text.ts';
import { OPENING_TEXT, type RenderInput, summaryText } from './render-input.ts';

const TOOL_NAMES: ToolNameRules = { id: /^[a-zA-Z0-9_-]{1,64}$/, name: /^[a-zA-Z0-9_-]{1,64}$/ };

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

interface Block {
  json: JsonText;
  /** Set for a text block: the last one of the last answer must not end with white space. */
  text?: string;
  /** Reasoning cannot end an answer. */
  isThinking?: boolean;
}

/** Renders `{system, messages}` of Anthropic's messages. Source: the API reference, Create a message; the guide on tool use. */
export function renderAnthropic(input: RenderInput): JsonText {
  const head = [
    input.systemPrompt,
    ...input.pinned.map(({ parts }) => partTexts(parts).join('\n')),
    ...input.summaries.map(summaryText),
  ];
  const system = head.flatMap((text) => textBlock(text));
  const turns = alternatingTurns(input);
  const messages = turns.map(({ role, blocks }) =>
    objectJson({ role: textJson(role), content: arrayJson(blocks.map(({ json }) => json)) }),
  );
  return objectJson({
    system: system.length > 0 ? arrayJson(system.map(({ json }) => json)) : undefined,
    messages: arrayJson(messages),
  });
}

function alternatingTurns({ messages, includeFiles }: RenderInput): Turn<'user' | 'assistant', Block>[] {
  const turns = fitToolNames(messages, TOOL_NAMES).map(({ message }) => turnOf(message, includeFiles));
  const opened = mergeTurns(turns);
  if (opened[0]?.role === 'assistant') opened.unshift({ role: 'user', blocks: textBlock(OPENING_TEXT) });
  const last = opened.at(-1);
  if (last?.role === 'assistant') last.blocks.push(...last.blocks.splice(-1).map(trimmed));
  return opened;
}

function turnOf(message: Message, includeFiles: boolean): Turn<'user' | 'assistant', Block> {
  switch (message.role) {
    case 'ASSISTANT':
      return { role: 'assistant', blocks: withoutLastThinking(message.parts.flatMap(assistantBlocks)) };
    case 'SYSTEM':
    case 'DEVELOPER':
      return { role: 'user', blocks: textBlock(`<system>\n${partTexts(message.parts).join('\n')}\n</system>`) };
    default:
      return { role: 'user', blocks: message.parts.flatMap((part) => userBlocks(part, includeFiles)) };
  }
}

/** Blocks of nothing but white space are refused. */
function textBlock(text: string): Block[] {
  return text.trim() === '' ? [] : [{ json: objectJson({ type: '"text"', text: textJson(text) }), text }];
}

function trimmed(block: Block): Block {
  return block.text === undefined ? block : (textBlock(block.text.trimEnd())[0] ?? block);
}

function withoutLastThinking(blocks: Block[]): Block[] {
  return blocks.slice(0, blocks.findLastIndex(({ isThinking }) => isThinking !== true) + 1);
}

function assistantBlocks(part: Part): Block[] {
  if (part.kind === 'reasoning') return thinkingBlocks(part.text, part.providerData ?? '');
  if (part.kind !== 'toolCall') return textBlock(partText(part) ?? '');
  const input = argumentsJson(part.arguments);
  return [{ json: objectJson({ type: '"tool_use"', id: textJson(part.id), name: textJson(part.name), input }) }];
}

/** Reasoning goes back only with the signature that came with it; a whole block goes back verbatim. */
function thinkingBlocks(thinking: string, providerData: string): Block[] {
  const provided = asObject(parseJson(providerData));
  if (provided?.type === 'thinking' || provided?.type === 'redacted_thinking')
    return [{ json: providerData, isThinking: true }];
  if (typeof provided?.signature !== 'string') return [];
  const signature = textJson(provided.signature);
  return [{ json: objectJson({ type: '"thinking"', thinking: textJson(thinking), signature }), isThinking: true }];
}

function userBlocks(part: Part, includeFiles: boolean): Block[] {
  if (part.kind === 'toolResult') return [{ json: toolResult(part, includeFiles) }];
  if (part.kind === 'file') return fileBlocks(part, includeFiles);
  return textBlock(partText(part) ?? '');
}

function toolResult(result: ToolResult, includeFiles: boolean): JsonText {
  const nested = result.parts.flatMap((part) => userBlocks(part, includeFiles));
  const content = [...textBlock(result.content), ...nested].map(({ json }) => json);
  return objectJson({
    type: '"tool_result"',
    tool_use_id: textJson(result.callId),
    content: content.length > 0 ? arrayJson(content) : undefined,
    is_error: result.isError ? 'true' : undefined,
  });
}

function fileBlocks(file: FilePart, includeFiles: boolean): Block[] {
  const type = IMAGE_TYPES.has(file.mimeType) ? 'image' : file.mimeType === 'application/pdf' ? 'document' : null;
  const source = type === null ? null : sourceOf(file, includeFiles);
  return source === null ? textBlock(fileText(file)) : [{ json: objectJson({ type: textJson(type ?? ''), source }) }];
}

function sourceOf(file: FilePart, includeFiles: boolean): JsonText | null {
  const base64 = inlineBase64(file, includeFiles);
  if (base64 !== null)
    return objectJson({ type: '"base64"', media_type: textJson(file.mimeType), data: textJson(base64) });
  return file.uri?.startsWith('https://') ? objectJson({ type: '"url"', url: textJson(file.uri) }) : null;
}
