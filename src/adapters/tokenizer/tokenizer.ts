import { setImmediate } from 'node:timers/promises';
import type { Tokenizer } from '../../ports/tokenizer.ts';
import { type EncodingName, encodingName } from './encoding-name.ts';
import { splitText } from './split-text.ts';

/** How long counting may hold the event loop at a stretch, in ms. */
const STRETCH_MS = 10;

/** Pieces that an encoding remembers: the longest have 1,000 characters. */
const REMEMBERED_PIECES_MAX = 10_000;

/** What stands in for the tokenizer of a model that is not known: far nearer than any count of bytes. */
const STAND_IN: EncodingName = 'o200k';

type Encoding = (text: string) => number;

/** Creates a tokenizer that counts exactly for OpenAI's models and by o200k for others; tables are loaded when needed. */
export function createTokenizer(): Tokenizer {
  const loaded = new Map<EncodingName, Promise<Encoding>>();
  const encodingFor = (name: EncodingName) => {
    const encoding = loaded.get(name) ?? loadEncoding(name);
    loaded.set(name, encoding);
    return encoding;
  };
  return {
    methodFor(model) {
      const name = encodingName(model);
      return { name: name ?? STAND_IN, isExact: name !== null };
    },
    async count(text, model, signal) {
      return countPieces(text, await encodingFor(encodingName(model) ?? STAND_IN), signal);
    },
  };
}

async function countPieces(text: string, encoding: Encoding, signal?: AbortSignal): Promise<number> {
  let tokens = 0;
  let stretchEnd = performance.now() + STRETCH_MS;
  for (const piece of splitText(text)) {
    tokens += encoding(piece);
    if (performance.now() < stretchEnd) continue;
    await setImmediate();
    signal?.throwIfAborted();
    stretchEnd = performance.now() + STRETCH_MS;
  }
  return tokens;
}

/** What looks like a special token in a text is text. */
async function loadEncoding(name: EncodingName): Promise<Encoding> {
  const { countTokens, setMergeCacheSize } =
    name === 'o200k'
      ? await import('gpt-tokenizer/encoding/o200k_base')
      : await import('gpt-tokenizer/encoding/cl100k_base');
  setMergeCacheSize(REMEMBERED_PIECES_MAX);
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}
