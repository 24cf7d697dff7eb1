import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { contentClock, fillStore } from './damage/content.ts';
import { judge, readContent, type Verdict } from './damage/judge.ts';

const fileName = 'threadkeep.db';

/** Original is an undamaged store: the folder with its files, those that may be damaged, and what it shows. */
interface Original {
  folder: string;
  targets: string[];
  content: ReadonlyMap<string, unknown>;
}

/** Flips one bit of a file, or cuts the file at a random length (one case of five), and reads all that is left. */
export const proof: Proof = {
  claim: 'one flipped bit, or an end cut off, is refused with what to do or touches nothing that is read',
  counts: { short: 50, full: 500 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-damage-'));
    const random = new SeededRandom(seed);
    const closed = await makeClosed(join(folder, 'closed'), seed);
    const killed = await makeKilled(join(folder, 'killed'), closed, seed);
    const verdicts = new Map<string, number>();
    for (let run = 0; run < count; run++) {
      const kind = run % 5 === 4 ? 'truncation' : 'flip';
      const verdict = await runOnce(join(folder, `case-${run}`), run % 3 === 0 ? killed : closed, kind, random);
      const title = `${kind}s ${verdict}`;
      verdicts.set(title, (verdicts.get(title) ?? 0) + 1);
      if (run % 50 === 49) log(`${run + 1} damaged files`);
    }
    await rm(folder, { recursive: true });
    return { 'damaged files': count, ...Object.fromEntries([...verdicts].sort()) };
  },
};

async function makeClosed(folder: string, seed: number): Promise<Original> {
  await mkdir(folder);
  const path = join(folder, fileName);
  const store = await openSqliteStore({ path, clock: contentClock });
  await fillStore(store, seed);
  await store.close();
  return describe(folder, [fileName]);
}

/** Adds to a copy of a closed store and kills the process that did it, so that the end is in the log alone. */
async function makeKilled(folder: string, { folder: closed }: Original, seed: number): Promise<Original> {
  await cp(closed, folder, { recursive: true });
  const script = fileURLToPath(new URL('./damage/hold-content.ts', import.meta.url));
  const child = spawn(process.execPath, [script, join(folder, fileName), String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('it ended'))),
  ]);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  return describe(folder, [fileName, `${fileName}-wal`]);
}

/** Opening a store changes it: what it shows is read from a copy. */
async function describe(folder: string, targets: string[]): Promise<Original> {
  const copy = `${folder}-read`;
  await cp(folder, copy, { recursive: true });
  const content = await readContent(join(copy, fileName));
  return { folder, targets, content };
}

async function runOnce(
  folder: string,
  { folder: original, targets, content }: Original,
  kind: 'flip' | 'truncation',
  random: SeededRandom,
): Promise<Verdict> {
  await cp(original, folder, { recursive: true });
  const target = join(folder, random.pick(targets));
  const { size } = await stat(target);
  const place = random.integer(kind === 'flip' ? size * 8 : size);
  if (kind === 'flip') await flip(target, place);
  else await truncate(target, place);
  try {
    const verdict = await judge(join(folder, fileName), content);
    await rm(folder, { recursive: true });
    return verdict;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`${kind} at ${place} of ${size} bytes of ${target}, which is kept: ${message}`, { cause });
  }
}

async function flip(path: string, bit: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  await writeFile(path, bytes);
}
