import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireFile } from '../../support/require.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { startServiceProcess } from '../../support/service-process.ts';
import { createTestTerminal, run } from '../test-terminal.ts';

const REAL_CONVERSATIONS = '../shared/data/airline-conversations.jsonl';

let folder: string;
let store: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-import-'));
  store = `sqlite:${join(folder, 'threadkeep.db')}`;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function conversation(id: string, ...texts: string[]): string {
  const messages = texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  return JSON.stringify({ id, messages });
}

function importing(...rest: string[]) {
  return run(['import', '--store', store, ...rest]);
}

async function exported(...rest: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(['export', '--store', store, ...rest]);
  return linesOf(stdout);
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function counts(imported: number, appended: number, unchanged: number, refused: number): string {
  return `${imported} imported, ${appended} appended to, ${unchanged} unchanged, ${refused} refused`;
}

test('import: the 100 real conversations come back equal, and a second run changes nothing', async (context) => {
  const path = requireFile(context, REAL_CONVERSATIONS);
  const first = await importing(path);
  expect([first.code, first.stdout]).toEqual([0, expect.stringContaining(counts(100, 0, 0, 0))]);
  const byId = (lines: Record<string, unknown>[]) => new Map(lines.map((line) => [line.id, line]));
  const before = await exported();
  expect(byId(before)).toEqual(byId(linesOf(readFileSync(path, 'utf8'))));

  const second = await importing(path);
  expect([second.code, second.stdout]).toEqual([0, expect.stringContaining(counts(0, 0, 100, 0))]);
  expect(await exported()).toEqual(before);
});

test('import: texts, arguments and results come back byte for byte', async () => {
  const odd = 'a\u0000b\r\n\t"\\ 🙂 \u2028 e\u0301 é ﬀ ';
  const line = {
    id: 'odd',
    messages: [
      { role: 'system', content: odd },
      { role: 'user', content: [{ type: 'text', text: odd }], name: 'Ada' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'find', arguments: `{ "q" :  ${JSON.stringify(odd)}}` } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', name: 'find', content: odd, extra: { kept: [1, null] } },
      { role: 'assistant', content: '' },
    ],
    success: true,
    score: 0.5,
  };
  expect((await importing(write('odd.jsonl', JSON.stringify(line)))).code).toBe(0);
  expect(await exported()).toEqual([line]);
});

test('import: a bad line is named with file, line and reason, the rest goes on, and the exit code is 1', async () => {
  const lines = [
    conversation('good-1', 'hello'),
    '{"id": "cut-off", "messages": [',
    '{"id": "no-messages"}',
    '{"id": "robot", "messages": [{"role": "robot", "content": "x"}]}',
    '{"id": "with space", "messages": []}',
    conversation('good-2', 'hello'),
  ];
  const path = write('some.jsonl', lines.join('\n'));
  const { code, stdout, stderr } = await importing(path);
  expect([code, stdout]).toEqual([1, expect.stringContaining(counts(2, 0, 0, 4))]);
  const told = stderr.trimEnd().split('\n').toSorted();
  expect(told).toEqual([
    expect.stringMatching(/some\.jsonl:2: .*JSON/),
    expect.stringMatching(/some\.jsonl:3: messages/),
    expect.stringMatching(/some\.jsonl:4: messages\[0\]\.role .*robot/),
    expect.stringMatching(/some\.jsonl:5: .*session_id/),
  ]);
  expect((await exported()).map(({ id }) => id).toSorted()).toEqual(['good-1', 'good-2']);
});

test('import: one conversation in a hundred that is broken takes none of the others with it', async () => {
  const lines = Array.from({ length: 300 }, (_, index) => conversation(`c-${index}`, `message of ${index}`));
  for (const broken of [17, 150, 299]) lines[broken] = lines[broken]!.slice(0, -5);
  const { code, stdout } = await importing(write('many.jsonl', lines.join('\n')));
  expect([code, stdout]).toEqual([1, expect.stringContaining(counts(297, 0, 0, 3))]);
  expect(await exported()).toHaveLength(297);
});

test('import: a longer version is appended, a different one is refused and changes nothing', async () => {
  await importing(write('1.jsonl', conversation('a', 'one', 'two')));
  const longer = await importing(write('2.jsonl', conversation('a', 'one', 'two', 'three')));
  expect(longer.stdout).toContain(`${counts(0, 1, 0, 0)}; messages stored: 1`);
  const other = await importing(write('3.jsonl', conversation('a', 'one', 'TWO', 'three', 'four')));
  expect([other.code, other.stdout]).toEqual([1, expect.stringContaining(counts(0, 0, 0, 1))]);
  expect(await exported()).toEqual(linesOf(conversation('a', 'one', 'two', 'three')));
});

test('import: versions of one conversation in one file are taken in their order', async () => {
  const versions = [['one'], ['one', 'two'], ['one', 'two', 'three']].map((texts) => conversation('a', ...texts));
  const { stdout } = await importing(write('versions.jsonl', versions.join('\n')));
  expect(stdout).toContain(`${counts(1, 2, 0, 0)}; messages stored: 3`);
});

test('import: is not bound by the limit of sessions per user', async () => {
  const lines = Array.from({ length: 30 }, (_, index) => conversation(`c-${index}`, 'hello'));
  const { stdout } = await importing('--user', 'ada', '--agent', 'travel', write('many.jsonl', lines.join('\n')));
  expect(stdout).toContain(counts(30, 0, 0, 0));
  expect(await exported('--user', 'ada')).toHaveLength(30);
  expect(await exported('--agent', 'other')).toHaveLength(0);
});

test('import: goes to the tenant that is named', async () => {
  await importing('--tenant', 'acme', write('1.jsonl', conversation('a', 'one')));
  expect(await exported()).toEqual([]);
  expect(await exported('--tenant', 'acme')).toHaveLength(1);
  expect(await importing('--tenant', 'a/b', join(folder, '1.jsonl'))).toMatchObject({ code: 2 });
});

test('import: --ttl sets the life of the sessions, never included', async () => {
  await importing('--ttl', '30d', write('1.jsonl', conversation('month', 'one')));
  await importing('--ttl', 'never', write('2.jsonl', conversation('ever', 'one')));
  const service = await startServiceProcess(['--store', store]);
  const get = async (sessionId: string) => {
    const response = await fetch(`${service.baseUrl}/threadkeep.v1.SessionService/Get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId, peek: true }),
    });
    return (await response.json()) as { session: { ttl?: string; neverExpires?: boolean } };
  };
  expect((await get('month')).session.ttl).toBe('2592000s');
  expect((await get('ever')).session.neverExpires).toBe(true);
  expect(await service.stop()).toBe(0);
  expect((await importing('--ttl', 'soon', join(folder, '1.jsonl'))).stderr).toMatch(/^--ttl="soon": no duration/);
});

test('import: - is standard input', async () => {
  const terminal = createTestTerminal({}, `${conversation('a', 'one')}\r\n\r\n${conversation('b', 'two')}`);
  const { code, stdout } = await run(['import', '--store', store, '-'], terminal);
  expect([code, stdout]).toEqual([0, expect.stringContaining(counts(2, 0, 0, 0))]);
});

test('import: a stop lets what was read be stored, says that there is more, and a second run goes on', async () => {
  const terminal = createTestTerminal();
  async function* lines() {
    yield Buffer.from(`${conversation('a', 'one')}\n${conversation('b', 'two')}\n`);
    terminal.stop();
    yield Buffer.from(`${conversation('c', 'three')}\n`);
  }
  const stopped = await run(['import', '--store', store, '-'], { ...terminal, stdin: lines() });
  expect([stopped.code, stopped.stdout]).toEqual([1, expect.stringContaining(counts(2, 0, 0, 0))]);
  expect(stopped.stderr).toBe('Stopped before the end: run the same command again to go on.\n');

  const all = [conversation('a', 'one'), conversation('b', 'two'), conversation('c', 'three')];
  const again = await importing(write('all.jsonl', all.join('\n')));
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining(counts(1, 0, 2, 0))]);
});

test('import: a file that is not there is refused before anything is stored', async () => {
  const good = write('good.jsonl', conversation('a', 'one'));
  const { code, stderr } = await importing(good, join(folder, 'none.jsonl'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(/none\.jsonl is no file that can be read\n$/)]);
  expect(await exported()).toEqual([]);
});

test('import, export: a store in use is refused with the address of its server', async () => {
  const path = write('1.jsonl', conversation('a', 'one'));
  const service = await startServiceProcess(['--store', store, '--port', String(await freePort())]);
  try {
    for (const refused of [await importing(path), await run(['export', '--store', store])]) {
      expect([refused.code, refused.stdout]).toEqual([2, '']);
      expect(refused.stderr).toContain(`whose server answers at ${service.baseUrl}:`);
    }
  } finally {
    await service.stop();
  }
});

test('export: a file appears under its name once it is complete', async () => {
  await importing(write('1.jsonl', conversation('a', 'one')));
  const path = join(folder, 'out.jsonl');
  const { code, stderr } = await run(['export', '--store', store, path]);
  expect([code, stderr]).toEqual([0, 'conversations: 1 exported, 0 left out\n']);
  expect(linesOf(readFileSync(path, 'utf8'))).toEqual(linesOf(conversation('a', 'one')));
  const refused = await run(['export', '--store', store, join(folder, 'none', 'out.jsonl')]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('cannot be written (ENOENT)')]);
});

test('export: a conversation that is broken is named and left out, and takes no other with it', async () => {
  await importing(write('1.jsonl', ['a', 'b', 'c'].map((id) => conversation(id, `text of ${id}`)).join('\n')));
  const database = new DatabaseSync(join(folder, 'threadkeep.db'));
  database.exec("UPDATE messages SET body = CAST(replace(CAST(body AS TEXT), 'text of b', 'TEXT of b') AS BLOB)");
  database.close();
  const { code, stdout, stderr } = await run(['export', '--store', store]);
  expect([code, linesOf(stdout).map(({ id }) => id)]).toEqual([1, ['a', 'c']]);
  expect(stderr).toMatch(/^b is left out: .*checksum.*\nconversations: 2 exported, 1 left out\n$/);
});
