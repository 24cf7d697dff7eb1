/** EncodingName is a way to count tokens; `estimate` is 4 bytes of UTF-8 a token. */
export type EncodingName = 'o200k' | 'cl100k' | 'estimate';

/** Encodings by the start of a model's name, as OpenAI publishes them; the first match decides. */
const ENCODINGS: readonly (readonly [prefix: RegExp, name: EncodingName])[] = [
  [/^(chatgpt-4o|gpt-4o|gpt-4\.[1-9]|gpt-[5-9]|gpt-oss|o[1-9](-|$))/, 'o200k'],
  [/^(gpt-4(-|$)|gpt-3\.5|text-embedding-)/, 'cl100k'],
];

/** Returns how a model's tokens are counted; a vendor before a slash is skipped, and `ft:` before a tuned model. */
export function encodingName(model: string): EncodingName {
  const name = model
    .slice(model.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/^ft:/, '');
  return ENCODINGS.find(([prefix]) => prefix.test(name))?.[1] ?? 'estimate';
}
