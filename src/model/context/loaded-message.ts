import type { Message } from '../message.ts';

/** LoadedMessage is a stored message, decoded and counted exactly, as contexts are made of. */
export interface LoadedMessage {
  sequence: number;
  startsTurn: boolean;
  /** Its exact tokens. */
  tokenCount: number;
  /** What the session's counters hold for it: `tokenCount`, or the estimate that they still have. */
  countedTokens: number;
  message: Message;
}
