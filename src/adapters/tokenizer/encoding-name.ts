/** EncodingName is a table by which OpenAI's models count tokens. */
export type EncodingName = 'o200k' | 'cl100k';

/** Encodings by the start of a model's name, as OpenAI publishes them; the first match decides. */
const ENCODINGS: readonly (readonly [prefix: RegExp, name: EncodingName])[] = [
  [/^(chatgpt-4o|gpt-4o|gpt-4\.[1-9]|gpt-[5-9]|gpt-oss|o[1-9](-|$))/, 'o200k'],
  [/^(gpt-4(-|$)|gpt-3\.5|text-embedding-)/, 'cl100k'],
];

/** Returns a model's encoding, null of one that is not known; a vendor before a slash is skipped, and `ft:` before a tuned model. */
export function encodingName(model: string): EncodingName | null {
  const name = model
    .slice(model.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/^ft:/, '');
  return ENCODINGS.find(([prefix]) => prefix.test(name))?.[1] ?? null;
}
