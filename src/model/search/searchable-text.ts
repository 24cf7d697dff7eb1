import type { Message, Part } from '../message.ts';

/**
 * Returns what of a message is searched, one piece a line: text, reasoning, tool names, arguments and results, names of
 * files, and typed JSON. Provider data and the native original are not.
 */
export function searchableText(message: Pick<Message, 'parts'>): string {
  return message.parts
    .flatMap(piecesOf)
    .filter((piece) => piece !== '')
    .join('\n');
}

function piecesOf(part: Part): string[] {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'toolCall':
      return [part.name, part.arguments];
    case 'toolResult':
      return [part.name, part.content, ...part.parts.flatMap(piecesOf)];
    case 'file':
      return [part.filename];
    case 'data':
      return [part.json];
  }
}
