const LINE_LENGTH = 100;

/** Breaks a text into lines of at most 100 characters, indented by that many spaces. */
export function wrap(text: string, indent: number): string[] {
  const margin = ' '.repeat(indent);
  const lines = [margin];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    const isFirst = line === margin;
    if (!isFirst && line.length + 1 + word.length > LINE_LENGTH) lines.push(margin + word);
    else lines[lines.length - 1] = isFirst ? margin + word : `${line} ${word}`;
  }
  return lines;
}
