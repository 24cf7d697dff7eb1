import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestTerminal, run } from '../cli/test-terminal.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { mongoServer } from '../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../support/servers/scratch-databases.ts';
import { fillStore, TENANTS } from './copy/fill-store.ts';

/** How often the first copy is stopped before it is left to finish. */
const STOPS = 3;

/** Fills a SQLite file by calls, copies it to MongoDB with interruptions and back, and compares the exports. */
export const proof: Proof = {
  claim: 'sessions copied from SQLite to MongoDB and back are the same, however often the copy was interrupted',
  counts: { short: 500, full: 10_000 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-copy-'));
    const databases = new ScratchDatabases(await mongoServer());
    try {
      const random = new SeededRandom(seed);
      const [first, last] = [join(folder, 'first.db'), join(folder, 'last.db')].map((path) => `sqlite:${path}`);
      const middle = (await mongoServer()).urlOf(databases.next());
      const calls = await fillStore(first!, count, random);
      log(`${count} sessions made by ${calls} calls`);
      const stops = await copyWithStops(['copy', '--from', first!, '--to', middle], random);
      log(`copied to MongoDB after ${stops} interruptions`);
      const there = await copied(['copy', '--from', first!, '--to', middle]);
      log('all of it is in MongoDB');
      const back = await copied(['copy', '--from', middle, '--to', last!]);
      log('all of it is back');
      assert.equal(back.hash, there.hash, 'the hash is another one after the way back');
      for (const tenant of TENANTS) await compareExports(folder, [first!, last!], tenant);
      return { sessions: there.sessions, messages: there.messages, calls, interruptions: stops, sha256: there.hash };
    } finally {
      await databases.close();
      await rm(folder, { recursive: true });
    }
  },
};

interface Copied {
  sessions: number;
  messages: number;
  hash: string;
}

async function copied(line: readonly string[]): Promise<Copied> {
  const { code, stdout, stderr } = await run(line);
  const found = /the same on both sides: (\d+) sessions, (\d+) messages, sha256 (\w+)/.exec(stdout);
  assert.ok(code === 0 && found !== null, `${line.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
  return { sessions: Number(found[1]), messages: Number(found[2]), hash: found[3]! };
}

/** Stops the command a few times at some moment; answers how many of the stops came before the end. */
async function copyWithStops(line: readonly string[], random: SeededRandom): Promise<number> {
  let stops = 0;
  for (let turn = 0; turn < STOPS; turn += 1) {
    const onStopSignal = (listener: (name: string) => void) => {
      const timer = setTimeout(listener, random.integer(3000), 'SIGTERM');
      return () => clearTimeout(timer);
    };
    const { code, stderr } = await run(line, { ...createTestTerminal(), onStopSignal });
    if (code === 0) break;
    assert.match(stderr, /Stopped after \d+ sessions: run the same command again/);
    stops += 1;
  }
  return stops;
}

async function compareExports(folder: string, stores: readonly string[], tenant: string): Promise<void> {
  const exports: string[] = [];
  for (const store of stores) {
    const path = join(folder, 'export.jsonl');
    const { code } = await run(['export', '--store', store, '--tenant', tenant, path]);
    assert.equal(code, 0);
    exports.push(await readFile(path, 'utf8'));
  }
  assert.equal(exports[1], exports[0], `the export of ${tenant} is another one`);
}
