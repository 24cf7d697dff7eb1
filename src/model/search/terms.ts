/** A longer term is cut to this many characters, in messages and queries alike. */
export const TERM_LENGTH_MAX = 64;

/** Only so many terms of one text are indexed and matched, from its beginning. */
export const TERMS_MAX = 10_000;

/** Word is a term and where it stands in the text it was found in, in UTF-16 units, the end excluded. */
export interface Word {
  term: string;
  from: number;
  to: number;
}

/** Returns the search terms of a text, in order, with repetitions: what of it is indexed and matched. */
export function termsOf(text: string): string[] {
  if (text.length > PLAIN_MAX || !ASCII.test(text)) return Array.from(wordsOf(text), ({ term }) => term);
  const terms = text.toLowerCase().match(ASCII_WORD) ?? [];
  return (terms.length > TERMS_MAX ? terms.slice(0, TERMS_MAX) : terms).map(cut);
}

/**
 * Finds the words of a text: runs of letters and digits, compared without case, diacritics and compatibility forms
 * (NFKC). Scripts that put no spaces between words give one term for each letter with its marks.
 */
export function* wordsOf(text: string): Generator<Word> {
  let found = 0;
  for (const match of text.matchAll(ASCII.test(text) ? ASCII_WORD : WORD)) {
    for (const term of termsIn(match[0])) {
      yield { term: cut(term), from: match.index, to: match.index + match[0].length };
      found += 1;
      if (found === TERMS_MAX) return;
    }
  }
}

// The halfwidth voicing marks are letters to Unicode, and marks once they are composed by NFKC.
const MARK = String.raw`[\p{M}\uff9e\uff9f]`;
const UNSPACED = String.raw`[\p{L}&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]`;
const SPACED = String.raw`[[\p{L}\p{N}]--${UNSPACED}]`;
const WORD = new RegExp(`${UNSPACED}${MARK}*|${SPACED}[${SPACED}${MARK}]*`, 'gv');

// Most texts are plain: what the rules above come to for them costs a tenth.
const ASCII = /^\p{ASCII}*$/u;
const ASCII_WORD = /[A-Za-z0-9]+/g;

/** Of a longer text words are taken one by one, so that one of many MiB is not all of it words at once. */
const PLAIN_MAX = 64 * 1024;

function termsIn(word: string): string[] {
  return ASCII.test(word) ? [word.toLowerCase()] : (fold(word).match(WORD) ?? []);
}

// Marks of European scripts. Those of others are vowels or change the letter, and NFKC composes them back.
const DIACRITICS = /[\u0300-\u036f]/g;

/** By way of upper case, so that ß, ẞ and ss, σ and ς are the same. */
function fold(word: string): string {
  const plain = word.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase();
  return plain.normalize('NFD').replace(DIACRITICS, '').normalize('NFKC');
}

function cut(term: string): string {
  return term.length <= TERM_LENGTH_MAX ? term : Array.from(term).slice(0, TERM_LENGTH_MAX).join('');
}
