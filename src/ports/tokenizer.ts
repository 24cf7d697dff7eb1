/** Tokenizer counts tokens as a model's provider would. */
export interface Tokenizer {
  /** Names how a model's tokens are counted: `o200k`, `cl100k`, or `estimate` (4 bytes a token). */
  nameFor(model: string): string;
  /** Counts a text's tokens; long texts are split, and the event loop is let go between pieces. */
  count(text: string, model: string, signal?: AbortSignal): Promise<number>;
}
