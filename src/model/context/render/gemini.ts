import type { FilePart, Message, Part, ToolResult } from '../../message.ts';
import { fitToolNames, type ToolNameRules } from './fit-tool-names.ts';
import { argumentsJson, arrayJson, asObject, type JsonText, objectJson, parseJson, textJson } from './json-text.ts';
import { mergeTurns, type Turn } from './merge-turns.ts';
import { fileText, inlineBase64, partText, partTexts } from './part-text.ts';
import { OPENING_TEXT, type RenderInput, summaryText } from './render-input.ts';

const TOOL_NAMES: ToolNameRules = { id: /^/, name: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/ };

/**
 * Renders `{systemInstruction, contents}` of Gemini's generateContent. Calls carry no ids, which Vertex AI refuses:
 * the results of a turn stand in the order of its calls. Source: the API reference, Content; the guide on function calling.
 */
export function renderGemini(input: RenderInput): JsonText {
  const head = [
    input.systemPrompt,
    ...input.pinned.map(({ parts }) => partTexts(parts).join('\n')),
    ...input.summaries.map(summaryText),
  ];
  const system = head.flatMap((text) => textPart(text));
  const contents = alternatingTurns(input).map(({ role, blocks }) =>
    objectJson({ role: textJson(role), parts: arrayJson(blocks) }),
  );
  return objectJson({
    systemInstruction: system.length > 0 ? objectJson({ parts: arrayJson(system) }) : undefined,
    contents: arrayJson(contents),
  });
}

function alternatingTurns({ messages, includeFiles }: RenderInput): Turn<'user' | 'model', JsonText>[] {
  const fitted = resultsInCallOrder(fitToolNames(messages, TOOL_NAMES).map(({ message }) => message));
  const opened = mergeTurns(fitted.map((message) => turnOf(message, includeFiles)));
  if (opened[0]?.role === 'model') opened.unshift({ role: 'user', blocks: textPart(OPENING_TEXT) });
  return opened;
}

/** Sorts the messages with the results of one turn's calls; ids are unique here. */
function resultsInCallOrder(messages: readonly Message[]): Message[] {
  const order = new Map(
    messages
      .flatMap(({ parts }) => parts)
      .flatMap((part) => (part.kind === 'toolCall' ? part.id : []))
      .map((id, place) => [id, place]),
  );
  const ordered: Message[] = [];
  for (const message of messages) {
    const results = message.parts.filter((part) => part.kind === 'toolResult');
    const last = ordered.at(-1);
    if (results.length === 0 || last?.parts[0]?.kind !== 'toolResult') ordered.push(message);
    else ordered.splice(-1, 1, { ...last, parts: [...last.parts, ...results] });
  }
  return ordered.map((message) => ({
    ...message,
    parts: message.parts.toSorted((one, other) => placeOf(one, order) - placeOf(other, order)),
  }));
}

function placeOf(part: Part, order: Map<string, number>): number {
  return part.kind === 'toolResult' ? (order.get(part.callId) ?? 0) : 0;
}

function turnOf(message: Message, includeFiles: boolean): Turn<'user' | 'model', JsonText> {
  switch (message.role) {
    case 'ASSISTANT':
      return { role: 'model', blocks: message.parts.flatMap((part) => modelParts(part, includeFiles)) };
    case 'SYSTEM':
    case 'DEVELOPER':
      return { role: 'user', blocks: textPart(`<system>\n${partTexts(message.parts).join('\n')}\n</system>`) };
    default:
      return { role: 'user', blocks: message.parts.flatMap((part) => spokenParts(part, includeFiles)) };
  }
}

function modelParts(part: Part, includeFiles: boolean): JsonText[] {
  if (part.kind !== 'toolCall') return spokenParts(part, includeFiles);
  const functionCall = objectJson({ name: textJson(part.name), args: argumentsJson(part.arguments) });
  return [objectJson({ functionCall, thoughtSignature: thoughtSignature(part) })];
}

function spokenParts(part: Part, includeFiles: boolean): JsonText[] {
  if (part.kind === 'toolResult') return [objectJson({ functionResponse: functionResponse(part) })];
  if (part.kind === 'file') return filePart(part, includeFiles);
  return textPart(partText(part) ?? '', thoughtSignature(part));
}

/** Parts without text are refused. */
function textPart(text: string, signature?: JsonText): JsonText[] {
  return text === '' ? [] : [objectJson({ text: textJson(text), thoughtSignature: signature })];
}

function thoughtSignature({ providerData = '' }: Part): JsonText | undefined {
  const signature = asObject(parseJson(providerData))?.thoughtSignature;
  return typeof signature === 'string' ? textJson(signature) : undefined;
}

function functionResponse({ name, content, parts, isError }: ToolResult): JsonText {
  const texts = partTexts(parts);
  const text = textJson((content === '' ? texts : [content, ...texts]).join('\n'));
  return objectJson({ name: textJson(name), response: objectJson(isError ? { error: text } : { output: text }) });
}

function filePart(file: FilePart, includeFiles: boolean): JsonText[] {
  const mimeType = textJson(file.mimeType);
  const base64 = inlineBase64(file, includeFiles);
  if (base64 !== null) return [objectJson({ inlineData: objectJson({ mimeType, data: textJson(base64) }) })];
  if (file.uri === undefined) return textPart(fileText(file));
  return [objectJson({ fileData: objectJson({ mimeType, fileUri: textJson(file.uri) }) })];
}
