import { expect, test } from 'vitest';
import { showProgress } from '../../src/cli/progress.ts';
import { createTestTerminal } from './test-terminal.ts';

test('showProgress: nobody looks at the terminal: no bar, and what is told is a plain line', () => {
  const terminal = createTestTerminal();
  const progress = showProgress(terminal, { total: 1000, things: 'conversations' });
  progress.update({ done: 500, count: 1 });
  progress.tell('a.jsonl:2: is no JSON');
  progress.stop();
  expect(terminal.written().stderr).toBe('a.jsonl:2: is no JSON\n');
});

test('showProgress: a terminal is shown a bar, and what is told stays above it', () => {
  const terminal = createTestTerminal();
  Object.assign(terminal.stderr, { isTTY: true, columns: 120, cursorTo: () => true, clearLine: () => true });
  const progress = showProgress(terminal, { total: 1000, things: 'conversations' });
  progress.update({ done: 1000, count: 7 });
  progress.tell('a.jsonl:2: is no JSON');
  progress.stop();
  const { stderr } = terminal.written();
  expect(stderr).toContain('a.jsonl:2: is no JSON\n');
  expect(stderr).toMatch(/100 % {2}7 conversations/);
});
