/** Windows in tokens by the start of a model's name, as published by the providers; the longest match decides. */
const WINDOWS: readonly (readonly [prefix: string, tokens: number])[] = [
  ['gpt-5', 400_000],
  ['gpt-4.1', 1_047_576],
  ['gpt-4.5', 128_000],
  ['gpt-4o', 128_000],
  ['gpt-4-turbo', 128_000],
  ['gpt-4-1106', 128_000],
  ['gpt-4-0125', 128_000],
  ['gpt-4-32k', 32_768],
  ['gpt-4', 8_192],
  ['gpt-3.5-turbo', 16_385],
  ['gpt-oss', 131_072],
  ['chatgpt-4o', 128_000],
  ['o1', 200_000],
  ['o1-mini', 128_000],
  ['o1-preview', 128_000],
  ['o3', 200_000],
  ['o4-mini', 200_000],
  ['claude-', 200_000],
  ['gemini-1.5-pro', 2_097_152],
  ['gemini-', 1_048_576],
];

/** Returns how many tokens a model's window holds; 0 when the model is unknown. A vendor before a slash is skipped. */
export function modelWindow(model: string): number {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  const matches = WINDOWS.filter(([prefix]) => name.startsWith(prefix));
  const [, tokens] = matches.reduce((best, match) => (match[0].length > best[0].length ? match : best), ['', 0]);
  return tokens;
}
