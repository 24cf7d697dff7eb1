/** TermCounts is what ranking needs of a text: how many terms it has, and how often each of the query's. */
export interface TermCounts {
  length: number;
  counts: ReadonlyMap<string, number>;
}

/** Counts a text's terms as `scoreTexts` needs them. */
export function countTerms(terms: readonly string[], queryTerms: ReadonlySet<string>): TermCounts {
  const counts = new Map<string, number>();
  for (const term of terms) {
    if (queryTerms.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return { length: terms.length, counts };
}

/**
 * Scores texts by BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75), with term frequencies and the average length
 * taken from the texts given: higher is better, 0 = none of the query's terms.
 */
export function scoreTexts(texts: readonly TermCounts[], queryTerms: ReadonlySet<string>): number[] {
  const averageLength = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const weights = new Map(Array.from(queryTerms, (term) => [term, rarity(term, texts)]));
  return texts.map((text) => score(text, weights, averageLength));
}

const SATURATION = 1.2;
const LENGTH_WEIGHT = 0.75;

function rarity(term: string, texts: readonly TermCounts[]): number {
  const holders = texts.filter(({ counts }) => counts.has(term)).length;
  return Math.log(1 + (texts.length - holders + 0.5) / (holders + 0.5));
}

function score(text: TermCounts, weights: ReadonlyMap<string, number>, averageLength: number): number {
  const damping = SATURATION * (1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * text.length) / averageLength);
  let sum = 0;
  for (const [term, weight] of weights) {
    const count = text.counts.get(term) ?? 0;
    sum += (weight * count * (SATURATION + 1)) / (count + damping);
  }
  return sum;
}
