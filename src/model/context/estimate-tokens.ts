import type { Message } from '../message.ts';
import { messageTexts } from './message-texts.ts';

const BYTES_PER_TOKEN = 4;

/** Estimates a text's tokens at 4 bytes of UTF-8 each, rounded up: cheap enough for the append's path. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Estimates a message's tokens; the append's answer carries it until the exact count is needed. */
export function estimateMessageTokens(message: Pick<Message, 'author' | 'parts'>): number {
  const { texts, flatTokens } = messageTexts(message);
  return texts.reduce((sum, text) => sum + estimateTokens(text), flatTokens);
}
