import { formatSize } from '../../config/kind.ts';

/** Line is one line of a file that is not blank, numbered from 1, or why it cannot be read. */
export type Line = { number: number; bytesRead: number } & ({ text: string } | { fault: string });

/**
 * Reads UTF-8 line by line, holding no more than one line and one chunk. A byte order mark at the start and CR before LF
 * are dropped; a line that is too long or no UTF-8 has a fault. Throws what the source throws.
 */
export async function* readLines(source: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Line> {
  const buffer = new LineBuffer(bytesMax);
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      buffer.add(chunk.subarray(start, end));
      const line = buffer.finish(1);
      if (line !== null) yield line;
      start = end + 1;
    }
    buffer.add(chunk.subarray(start));
  }
  const last = buffer.finish(0);
  if (last !== null) yield last;
}

const NEWLINE = 0x0a;

class LineBuffer {
  readonly #bytesMax: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #number = 0;
  #bytesRead = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes <= this.#bytesMax) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  /** Ends the line; null = it is blank. */
  finish(newlineBytes: number): Line | null {
    const content = this.#read();
    this.#number += 1;
    this.#bytesRead += this.#bytes + newlineBytes;
    this.#pieces = [];
    this.#bytes = 0;
    if ('text' in content && content.text.trim() === '') return null;
    return { number: this.#number, bytesRead: this.#bytesRead, ...content };
  }

  #read(): { text: string } | { fault: string } {
    if (this.#bytes > this.#bytesMax)
      return { fault: `the line is longer than ${formatSize(this.#bytesMax)}: split it` };
    try {
      const text = this.#decoder.decode(Buffer.concat(this.#pieces));
      return { text: (this.#number === 0 ? text.replace(/^\uFEFF/, '') : text).replace(/\r$/, '') };
    } catch {
      return { fault: 'the line is no UTF-8: convert the file' };
    }
  }
}
