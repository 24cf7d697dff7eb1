import { type Word, wordsOf } from './terms.ts';

/** Mark is a stretch of a snippet, in Unicode code points. */
export interface Mark {
  start: number;
  length: number;
}

/** Snippet is a piece of a text, as it is there, with the query's words in it marked, in order, without overlap. */
export interface Snippet {
  snippet: string;
  marks: Mark[];
}

/** Returns the piece of a text that holds the most of the query's different terms, the first of equals. */
export function snippetOf(text: string, queryTerms: ReadonlySet<string>): Snippet {
  const matches = Array.from(wordsOf(text)).filter(({ term }) => queryTerms.has(term));
  const { from, to } = pieceAround(text, densestRun(matches));
  const snippet = text.slice(from, to);
  return { snippet, marks: stretchesOf(matches, from, to).map((stretch) => markOf(snippet, stretch)) };
}

interface Stretch {
  from: number;
  to: number;
}

/** In UTF-16 units. */
const SNIPPET_LENGTH = 240;
const CUT_WORD_MAX = 24;

/** Of the runs of matches that fit into a snippet, that with the most different terms, then the most matches. */
function densestRun(matches: readonly Word[]): Stretch {
  let best: Stretch = { from: 0, to: 0 };
  let bestValue = 0;
  const inside = new Map<string, number>();
  let last = 0;
  for (const [first, { term, from }] of matches.entries()) {
    for (; last < matches.length && (last === first || matches[last]!.to - from <= SNIPPET_LENGTH); last += 1) {
      inside.set(matches[last]!.term, (inside.get(matches[last]!.term) ?? 0) + 1);
    }
    const value = inside.size * SNIPPET_LENGTH + last - first;
    if (value > bestValue) {
      bestValue = value;
      best = { from, to: Math.min(matches[last - 1]!.to, from + SNIPPET_LENGTH) };
    }
    const left = inside.get(term)! - 1;
    if (left === 0) inside.delete(term);
    else inside.set(term, left);
  }
  return best;
}

/** Fills the snippet up on both sides and cuts at spaces where one is near. */
function pieceAround(text: string, run: Stretch): Stretch {
  const spare = SNIPPET_LENGTH - (run.to - run.from);
  const from = Math.max(0, Math.min(run.from - Math.floor(spare / 2), text.length - SNIPPET_LENGTH));
  const to = Math.min(text.length, from + SNIPPET_LENGTH);
  return {
    from: from === 0 ? 0 : startNear(text, from, run.from),
    to: to === text.length ? to : endNear(text, to, run.to),
  };
}

function startNear(text: string, from: number, end: number): number {
  for (let at = from; at < Math.min(end, from + CUT_WORD_MAX); at += 1) {
    if (isSpace(text, at)) return at + 1;
  }
  return isInsidePair(text, from) ? from + 1 : from;
}

function endNear(text: string, to: number, start: number): number {
  for (let at = to; at > Math.max(start, to - CUT_WORD_MAX); at -= 1) {
    if (isSpace(text, at)) return at;
  }
  return isInsidePair(text, to) ? to - 1 : to;
}

function isSpace(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at));
}

function isInsidePair(text: string, at: number): boolean {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

/** What of the matches is inside the piece, counted from its start; matches that touch become one. */
function stretchesOf(matches: readonly Word[], from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (const match of matches) {
    if (match.from >= to || match.to <= from) continue;
    const stretch = { from: Math.max(match.from, from) - from, to: Math.min(match.to, to) - from };
    const previous = stretches.at(-1);
    if (previous !== undefined && stretch.from <= previous.to) previous.to = Math.max(previous.to, stretch.to);
    else stretches.push(stretch);
  }
  return stretches;
}

function markOf(snippet: string, { from, to }: Stretch): Mark {
  return { start: codePointsIn(snippet.slice(0, from)), length: codePointsIn(snippet.slice(from, to)) };
}

function codePointsIn(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
