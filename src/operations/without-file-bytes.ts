import type { Part, StoredMessage } from '../model/message.ts';
import type { MessageCodec } from '../ports/message-codec.ts';

/** Returns a message whose inline files have no bytes any more; one without inline files as it is. */
export function withoutFileBytes(codec: MessageCodec, stored: StoredMessage): StoredMessage {
  if (!stored.hasFiles) return stored;
  const message = codec.decode(stored.body);
  return { ...stored, body: codec.encode({ ...message, parts: message.parts.map(withoutBytes) }) };
}

function withoutBytes(part: Part): Part {
  if (part.kind === 'toolResult') return { ...part, parts: part.parts.map(withoutBytes) };
  if (part.kind !== 'file') return part;
  const { data, ...rest } = part;
  return rest;
}
