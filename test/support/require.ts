import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The part of vitest's test context that is used here. */
export type Skippable = { skip(note: string): never };

/**
 * Returns the path of a command, or skips the test that asks for it and prints why.
 * Under THREADKEEP_REQUIRE_ALL=1 a missing command fails the test instead.
 */
export function requireTool(context: Skippable, name: string, remedy: string): string {
  const path = findTool(name);
  if (path !== undefined) return path;
  const reason = `${name} is not installed: ${remedy}`;
  if (process.env.THREADKEEP_REQUIRE_ALL === '1') throw new Error(reason);
  return context.skip(reason);
}

/** Returns the path of a file that only some checkouts have, or skips the test that asks for it and prints why. */
export function requireFile(context: Skippable, path: string): string {
  return existsSync(path) ? path : context.skip(`${path} is not part of this checkout`);
}

/** Returns the path of a command on PATH; undefined when it is not there. */
export function findTool(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
