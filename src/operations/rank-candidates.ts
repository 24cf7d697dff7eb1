import { countTerms, scoreTexts, type TermCounts } from '../model/search/rank.ts';
import { searchableText } from '../model/search/searchable-text.ts';
import { termsOf } from '../model/search/terms.ts';
import type { SearchCandidate } from '../ports/search-index.ts';
import type { Engine } from './engine/engine.ts';

/** RankedCandidate is a message with its score, and how often it holds each of the query's terms. */
export interface RankedCandidate {
  candidate: SearchCandidate;
  counts: TermCounts['counts'];
  score: number;
  /** Returns what of the message is searched. */
  text(): string;
}

/** Ranks what a store found: best first, then newest. Lets other work in between: a thousand long messages take a while. */
export async function rankCandidates(
  { codec }: Engine,
  candidates: readonly SearchCandidate[],
  queryTerms: ReadonlySet<string>,
): Promise<RankedCandidate[]> {
  const textOf = ({ message }: SearchCandidate) => searchableText(codec.decode(message.body));
  const counted: TermCounts[] = [];
  let length = 0;
  for (const candidate of candidates) {
    const text = textOf(candidate);
    counted.push(countTerms(termsOf(text), queryTerms));
    length += text.length;
    if (length < TEXT_LENGTH_WITHOUT_PAUSE) continue;
    length = 0;
    await new Promise(setImmediate);
  }
  const scores = scoreTexts(counted, queryTerms);
  return candidates
    .map((candidate, index) => ({
      candidate,
      counts: counted[index]!.counts,
      score: scores[index]!,
      text: () => textOf(candidate),
    }))
    .sort(compareRanked);
}

const TEXT_LENGTH_WITHOUT_PAUSE = 200_000;

/** Best first, then newest; session and number leave no ties. */
function compareRanked(one: RankedCandidate, other: RankedCandidate): number {
  const [first, second] = [one.candidate, other.candidate];
  return (
    other.score - one.score ||
    second.message.createdAt - first.message.createdAt ||
    (first.sessionId < second.sessionId ? -1 : Number(first.sessionId > second.sessionId)) ||
    second.message.sequence - first.message.sequence
  );
}
