import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Scratch is an empty folder for one measurement, and all that has to be ended before the folder is removed. */
export interface Scratch {
  folder: string;
  ending: AsyncDisposableStack;
}

/** Runs with an empty folder; afterwards, and when it fails, ends what was given to `ending` and removes the folder. */
export async function withScratch<Result>(name: string, run: (scratch: Scratch) => Promise<Result>): Promise<Result> {
  await using ending = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `threadkeep-${name}-`));
  ending.defer(() => rm(folder, { recursive: true }));
  return await run({ folder, ending });
}
