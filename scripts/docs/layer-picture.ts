import { resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

/** Puts the picture of the layers, drawn from the imports of src/, between its markers. */
export async function drawLayers(page: string): Promise<string> {
  const picture = `\`\`\`mermaid\ngraph LR\n${(await layerEdges()).join('\n')}\n\`\`\``;
  return page.replace(
    /(<!-- layers -->\n).*?(<!-- end of layers -->)/s,
    (_, begin, end) => `${begin}${picture}\n${end}`,
  );
}

// An import that leads there by way of another layer, too, is left out of the picture.
async function layerEdges(): Promise<string[]> {
  const seen = await importsByLayer();
  const reaches = (from: string, to: string): boolean =>
    [...(seen.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  return [...seen.keys()].sort().flatMap((from) => {
    const direct = [...seen.get(from)!].sort();
    const needed = direct.filter((to) => !direct.some((other) => other !== to && reaches(other, to)));
    return needed.map((to) => `  ${from} --> ${to}`);
  });
}

async function importsByLayer(): Promise<Map<string, Set<string>>> {
  const { output } = await cruise(['src'], await extractOptions(resolve('.dependency-cruiser.cjs')));
  const seen = new Map<string, Set<string>>();
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    for (const { resolved } of dependencies) {
      const [from, to] = [layerOf(source), layerOf(resolved)];
      if (from !== null && to !== null && from !== to) seen.set(from, (seen.get(from) ?? new Set()).add(to));
    }
  }
  if (seen.size === 0) throw new Error('no import between layers was read: is src/ there?');
  return seen;
}

function layerOf(path: string): string | null {
  return /^src\/([a-z]+)(?:\/|\.ts$)/.exec(path)?.[1] ?? (path.startsWith('gen/') ? 'gen' : null);
}
