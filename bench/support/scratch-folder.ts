import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs with an empty folder, and removes it with all that is in it afterwards. */
export async function withScratchFolder<Result>(
  name: string,
  run: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `threadkeep-${name}-`));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
