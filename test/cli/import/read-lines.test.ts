import { expect, test } from 'vitest';
import { type Line, readLines } from '../../../src/cli/import/read-lines.ts';

async function linesOf(chunks: (string | Uint8Array)[], bytesMax = 100): Promise<Line[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const lines: Line[] = [];
  for await (const line of readLines(source(), bytesMax)) lines.push(line);
  return lines;
}

test('readLines: numbers lines from 1 and passes over blank ones', async () => {
  expect(await linesOf(['a\n\n  \nb'])).toEqual([
    { number: 1, bytesRead: 2, text: 'a' },
    { number: 4, bytesRead: 7, text: 'b' },
  ]);
});

test('readLines: a byte order mark and CR before LF are no part of a line', async () => {
  expect(await linesOf(['\uFEFFa\r\nb\r\n'])).toMatchObject([{ text: 'a' }, { text: 'b' }]);
});

test('readLines: a character may be torn between chunks at any byte', async () => {
  const whole = Buffer.from('{"content":"häß 🙂"}\nx\n');
  for (let cut = 0; cut <= whole.length; cut++) {
    const lines = await linesOf([whole.subarray(0, cut), whole.subarray(cut)]);
    expect(lines).toMatchObject([{ text: '{"content":"häß 🙂"}' }, { text: 'x' }]);
  }
});

test('readLines: a line of exactly the allowed bytes is read, one more is a fault, and the next line is read', async () => {
  const [fits, tooLong, next] = await linesOf([`${'a'.repeat(100)}\n${'b'.repeat(60)}`, `${'b'.repeat(41)}\nc`]);
  expect(fits).toMatchObject({ text: 'a'.repeat(100) });
  expect(tooLong).toEqual({ number: 2, bytesRead: 203, fault: 'the line is longer than 100B: split it' });
  expect(next).toMatchObject({ number: 3, text: 'c' });
});

test('readLines: bytes that are no UTF-8 are a fault of their line alone', async () => {
  const lines = await linesOf([new Uint8Array([0x61, 0xff, 0x0a]), 'b\n']);
  expect(lines).toMatchObject([{ number: 1, fault: 'the line is no UTF-8: convert the file' }, { text: 'b' }]);
});
