import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { sampleHeader, sampleMessages } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import type { Store } from '../../../src/ports/store.ts';

/** The tenant of all sessions that these tests make. */
export const TENANT = 'acme';

/** Returns a folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-sqlite-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Commits a session with messages of 1 to `messageCount`; each holds the term `word`. */
export async function addSession(store: Store, sessionId: string, messageCount: number): Promise<void> {
  const header = sampleHeader({ tenant: TENANT, sessionId, lastSequence: messageCount });
  const messages = sampleMessages(1, messageCount, { terms: ['word'] });
  const basis = await store.sessions.load(TENANT, sessionId, {});
  const outcome = await store.sessions.commit(basis, changesWith(header, { messages }), []);
  if (outcome !== 'committed') throw new Error(`session ${sessionId}: ${outcome}`);
}

/** Reads a session's sequences. */
export async function sequencesOf(store: Store, sessionId: string): Promise<number[]> {
  const range = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 10_000 } as const;
  const messages = await store.messages.read(TENANT, `uid of ${sessionId}`, range);
  return messages.map(({ sequence }) => sequence);
}

/** Starts a process that opens a store, commits `sessionCount` sessions one by one and keeps the file. */
export async function holdInProcess(path: string, sessionCount: number): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./hold-store.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path, String(sessionCount)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return child;
}

/** Kills a process as a crash would and resolves when it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Copies a file with all its side files and returns the path of the copy. */
export function copyStore(path: string, copyPath: string): string {
  const sides = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  for (const name of sides) cpSync(join(dirname(path), name), copyPath + name.slice(basename(path).length));
  return copyPath;
}
