import type { Message, Part } from '../message.ts';

/** Tokens that a provider's framing adds to each message: role, author and delimiters. An estimate. */
const MESSAGE_OVERHEAD_TOKENS = 4;

/** Tokens that the framing of a tool call or result adds: id and field names. An estimate. */
const TOOL_OVERHEAD_TOKENS = 8;

/** Tokens charged for a file, whatever it holds: about what a provider charges for one image of 1,000 × 1,000. */
const FILE_TOKENS = 1000;

/** MessageTexts is what a message costs: texts to be tokenised, and tokens that do not depend on a tokenizer. */
export interface MessageTexts {
  texts: string[];
  flatTokens: number;
}

/** Collects what counts of a message: every text that a model would see, and flat charges for framing and files. */
export function messageTexts({ author, parts }: Pick<Message, 'author' | 'parts'>): MessageTexts {
  const said = flatten(parts);
  const texts = [author, ...said.flatMap(textsOf)].filter((text) => text !== '');
  return { texts, flatTokens: said.reduce((sum, part) => sum + overheadOf(part), MESSAGE_OVERHEAD_TOKENS) };
}

function flatten(parts: readonly Part[]): Part[] {
  return parts.flatMap((part) => (part.kind === 'toolResult' ? [part, ...flatten(part.parts)] : [part]));
}

function textsOf(part: Part): string[] {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'toolCall':
      return [part.name, part.arguments];
    case 'toolResult':
      return [part.name, part.content];
    case 'file':
      return [part.filename];
    case 'data':
      return [part.type, part.json];
  }
}

function overheadOf({ kind }: Part): number {
  if (kind === 'file') return FILE_TOKENS;
  return kind === 'toolCall' || kind === 'toolResult' ? TOOL_OVERHEAD_TOKENS : 0;
}
