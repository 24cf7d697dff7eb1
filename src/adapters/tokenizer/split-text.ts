/** Encoding is quadratic in what it cannot split, so nothing longer than this is handed to it. UTF-16 units. */
const PIECE_LENGTH_MAX = 1000;

/**
 * Places where o200k and cl100k always begin a new piece of their own, so that cutting there does not change the count:
 * around a run of digits (but for white space before it), before a single space with a letter behind it, and between a
 * line's end and a letter.
 */
const BOUNDARY = /(?<=\p{N})(?=\P{N})|(?<=[^\s\p{N}])(?=\p{N})|(?<=\S)(?= \p{L})|(?<=\n)(?=\p{L})/gu;

/** Splits a text into pieces of at most 1,000 units, at exact boundaries where it has some; never inside a character. */
export function* splitText(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > PIECE_LENGTH_MAX) {
    const reach = text.slice(start, start + PIECE_LENGTH_MAX);
    const length = lastBoundary(reach) ?? (endsInsideCharacter(reach) ? PIECE_LENGTH_MAX - 1 : PIECE_LENGTH_MAX);
    yield reach.slice(0, length);
    start += length;
  }
  if (start < text.length) yield text.slice(start);
}

function lastBoundary(text: string): number | undefined {
  return [...text.matchAll(BOUNDARY)].findLast(({ index }) => index > 0)?.index;
}

function endsInsideCharacter(text: string): boolean {
  return /[\uD800-\uDBFF]$/.test(text);
}
