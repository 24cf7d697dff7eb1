import type { FilePart, Message, Part, ToolCall, ToolResult } from '../../message.ts';
import { fitToolNames, type ToolNameRules } from './fit-tool-names.ts';
import { arrayJson, type JsonText, objectJson, textJson } from './json-text.ts';
import { fileText, inlineBase64, partText, partTexts } from './part-text.ts';
import { type RenderInput, summaryText } from './render-input.ts';

const TOOL_NAMES: ToolNameRules = { id: /^.{1,40}$/su, name: /^[a-zA-Z0-9_-]{1,64}$/ };

/** What the `name` of a message may be. */
const AUTHOR = /^[^\s<|\\/>]{1,64}$/u;

const AUDIO_FORMATS: Record<string, string> = { 'audio/wav': 'wav', 'audio/mpeg': 'mp3', 'audio/mp3': 'mp3' };

/** Renders the `messages` array of OpenAI's chat completions. Source: the API reference, Create chat completion. */
export function renderOpenAiChat(input: RenderInput): JsonText {
  const { systemPrompt, pinned, summaries, includeFiles } = input;
  const messages = fitToolNames(input.messages, TOOL_NAMES).map(({ message }) => message);
  return arrayJson([
    ...(systemPrompt === '' ? [] : [instruction('system', textJson(systemPrompt))]),
    ...pinned.flatMap((message) => renderMessage(message, includeFiles)),
    ...summaries.map((summary) => instruction('system', textJson(summaryText(summary)))),
    ...messages.flatMap((message) => renderMessage(message, includeFiles)),
  ]);
}

function instruction(role: 'system' | 'developer', content: JsonText): JsonText {
  return objectJson({ role: textJson(role), content });
}

function renderMessage(message: Message, includeFiles: boolean): JsonText[] {
  const name = AUTHOR.test(message.author) ? textJson(message.author) : undefined;
  switch (message.role) {
    case 'SYSTEM':
      return [instruction('system', textContent(message.parts))];
    case 'DEVELOPER':
      return [instruction('developer', textContent(message.parts))];
    case 'ASSISTANT':
      return [assistantMessage(message.parts, name)];
    case 'TOOL':
      if (message.parts.some(isResult)) return message.parts.filter(isResult).map(toolMessage);
  }
  return [objectJson({ role: '"user"', content: userContent(message.parts, includeFiles), name })];
}

function isResult(part: Part): part is Part & ToolResult {
  return part.kind === 'toolResult';
}

function assistantMessage(parts: readonly Part[], name: JsonText | undefined): JsonText {
  const calls = parts.filter((part) => part.kind === 'toolCall').map(toolCall);
  return objectJson({
    role: '"assistant"',
    content: calls.length > 0 && partTexts(parts).length === 0 ? 'null' : textContent(parts),
    tool_calls: calls.length > 0 ? arrayJson(calls) : undefined,
    name,
  });
}

function toolCall({ id, name, arguments: text }: ToolCall): JsonText {
  const called = objectJson({ name: textJson(name), arguments: textJson(text) });
  return objectJson({ id: textJson(id), type: '"function"', function: called });
}

function toolMessage({ callId, content, parts }: ToolResult): JsonText {
  const texts = partTexts(parts);
  const all = content === '' && texts.length > 0 ? texts : [content, ...texts];
  return objectJson({ role: '"tool"', tool_call_id: textJson(callId), content: contentOf(all) });
}

function textContent(parts: readonly Part[]): JsonText {
  return contentOf(partTexts(parts));
}

/** One text stands alone, several as an array of content parts. */
function contentOf(texts: readonly string[]): JsonText {
  return texts.length > 1 ? arrayJson(texts.map(textPart)) : textJson(texts[0] ?? '');
}

function userContent(parts: readonly Part[], includeFiles: boolean): JsonText {
  if (parts.every(({ kind }) => kind !== 'file')) return textContent(parts);
  return arrayJson(
    parts.flatMap((part) => {
      if (part.kind === 'file') return filePart(part, includeFiles);
      const text = partText(part);
      return text === null ? [] : textPart(text);
    }),
  );
}

function textPart(text: string): JsonText {
  return objectJson({ type: '"text"', text: textJson(text) });
}

function filePart(file: FilePart, includeFiles: boolean): JsonText {
  const base64 = inlineBase64(file, includeFiles);
  const url = base64 === null ? file.uri : `data:${file.mimeType};base64,${base64}`;
  if (url === undefined) return textPart(fileText(file));
  if (file.mimeType.startsWith('image/'))
    return objectJson({ type: '"image_url"', image_url: objectJson({ url: textJson(url) }) });
  if (base64 === null) return textPart(fileText(file));
  const format = AUDIO_FORMATS[file.mimeType];
  if (format !== undefined) {
    const audio = objectJson({ data: textJson(base64), format: textJson(format) });
    return objectJson({ type: '"input_audio"', input_audio: audio });
  }
  const filename = textJson(file.filename === '' ? 'file' : file.filename);
  return objectJson({ type: '"file"', file: objectJson({ filename, file_data: textJson(url) }) });
}
