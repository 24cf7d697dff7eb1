/** CountingMethod is how tokens are counted, and whether that is what the model's provider counts. */
interface CountingMethod {
  /** `o200k` or `cl100k`. */
  name: string;
  isExact: boolean;
}

/** Tokenizer counts tokens as a model's provider would, or as nearly as can be had. */
export interface Tokenizer {
  /** Tells how a model's tokens are counted; those of an unknown model by o200k, as an estimate. */
  methodFor(model: string): CountingMethod;
  /** Counts a text's tokens; long texts are split, and the event loop is let go between pieces. */
  count(text: string, model: string, signal?: AbortSignal): Promise<number>;
}
