import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

const LANGUAGES: Record<string, string> = { '.sh': 'sh', '.ts': 'ts' };

/**
 * Puts the files that a page quotes between their markers:
 * `<!-- quote: examples/conversation.sh -->` and `<!-- end of quote -->`. A first line `#!…` is left out.
 */
export function quoteExamples(page: string): string {
  return page.replaceAll(/(<!-- quote: (\S+) -->\n).*?(<!-- end of quote -->)/gs, (_, begin, path, end) => {
    const text = readFileSync(path, 'utf8').replace(/^#!.*\n/, '');
    return `${begin}\`\`\`${LANGUAGES[extname(path)] ?? ''}\n${text.trim()}\n\`\`\`\n${end}`;
  });
}

/** Returns the paths of the files that a page quotes. */
export function quotedExamples(page: string): string[] {
  return [...page.matchAll(/<!-- quote: (\S+) -->/g)].map((match) => match[1]!);
}
