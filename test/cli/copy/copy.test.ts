import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestTerminal, run } from '../test-terminal.ts';

let folder: string;
let from: string;
let to: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-copy-'));
  from = `sqlite:${join(folder, 'from.db')}`;
  to = `sqlite:${join(folder, 'to.db')}`;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Imports conversations of so many messages each, under the ids c1, c2, … */
async function fill(store: string, counts: readonly number[], { tenant = 'default', word = 'word' } = {}) {
  const lines = counts.map((count, place) => {
    const messages = Array.from({ length: count }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: `${word} ${index}`,
    }));
    return JSON.stringify({ id: `c${place + 1}`, messages, topic: `topic ${place}` });
  });
  const path = join(folder, `${tenant}.jsonl`);
  writeFileSync(path, lines.join('\n'));
  const { code } = await run(['import', '--store', store, '--tenant', tenant, '--user', 'ada', path]);
  expect(code).toBe(0);
}

async function exported(store: string, tenant = 'default'): Promise<string> {
  const path = join(folder, 'out.jsonl');
  await run(['export', '--store', store, '--tenant', tenant, path]);
  return readFileSync(path, 'utf8');
}

test('copy: every conversation is exported alike afterwards, and both sides have the same hash', async () => {
  await fill(from, [1, 3, 700]);
  const { code, stdout } = await run(['copy', '--from', from, '--to', to]);
  expect(stdout).toMatch(/^sessions: 3 copied, 0 there already, 0 refused; deleted ids: 0, agents: 0\n/);
  expect(stdout).toMatch(/the same on both sides: 3 sessions, 704 messages, sha256 [0-9a-f]{64}\n$/);
  expect(code).toBe(0);
  expect(await exported(to)).toBe(await exported(from));
});

test('copy: again, it changes nothing and finds the same hash', async () => {
  await fill(from, [1, 3]);
  const first = await run(['copy', '--from', from, '--to', to]);
  const second = await run(['copy', '--from', from, '--to', to]);
  expect(second.stdout).toMatch(/^sessions: 0 copied, 2 there already, 0 refused/);
  expect(second.stdout.split('sha256')[1]).toBe(first.stdout.split('sha256')[1]);
});

test('copy: a session that differs in the target is named and stays, the others are copied, with exit code 1', async () => {
  await fill(from, [1, 3]);
  await fill(to, [1], { word: 'other' });
  const before = await exported(to);
  const { code, stdout, stderr } = await run(['copy', '--from', from, '--to', to]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('default/c1 is not the same in the target: delete it')]);
  expect(stdout).toMatch(/^sessions: 1 copied, 1 there already, 1 refused/);
  expect(await exported(to)).toContain(before);
});

test('copy: tenants that are not named are found by what is due there', async () => {
  await fill(from, [2], { tenant: 'acme' });
  await fill(from, [4]);
  const { code, stdout } = await run(['copy', '--from', from, '--to', to]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('2 sessions, 6 messages')]);
  expect(await exported(to, 'acme')).toBe(await exported(from, 'acme'));
});

test('copy: stopped before the end, it says so, and goes on when it is run again', async () => {
  await fill(from, Array(40).fill(3));
  const terminal = createTestTerminal();
  const stopSoon = (listener: (name: string) => void) => {
    setImmediate(listener, 'SIGTERM');
    return () => {};
  };
  const { code, stderr } = await run(['copy', '--from', from, '--to', to], { ...terminal, onStopSignal: stopSoon });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^Stopped after \d+ sessions: run the same command again/m),
  ]);
  expect((await run(['copy', '--from', from, '--to', to])).code).toBe(0);
  expect(await exported(to)).toBe(await exported(from));
});

test.each([
  ['copy', '--from is missing: name a store'],
  ['copy --from memory: --to sqlite:x', 'memory: is gone with this command'],
  ['copy --from sqlite:./none.db --to sqlite:x', './none.db is not there: name a store'],
  ['copy --from sqlite:package.json --to sqlite:package.json', '--from and --to are the same store: name two'],
  ['copy --from mongodb://ada:swordfish@/x --to sqlite:x', '"mongodb://ada:****@/x": no MongoDB URL'],
])('%s is refused with the remedy', async (line, remedy) => {
  const { code, stdout, stderr } = await run(line);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(remedy)]);
});
