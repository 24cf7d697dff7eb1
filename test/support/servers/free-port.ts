import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Holds a file for each port that a test process keeps, with that process' id. */
const folder = join(tmpdir(), 'threadkeep-test-ports');

/** The files of this process. */
const kept: string[] = [];

/**
 * Returns a loopback port that nobody listens on, and that no other test process is given while this one lives: its server
 * may go down and come back. It lies below the ports that systems hand to outgoing connections, so that no client takes it
 * meanwhile, and none is ever connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (keep(port) && (await isFree(port))) return port;
  }
}

/** False where another process that lives keeps the port. */
function keep(port: number): boolean {
  const file = join(folder, String(port));
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    if (!isOver(file)) return false;
    writeFileSync(file, String(process.pid));
  }
  if (kept.push(file) === 1) process.once('exit', giveBack);
  return true;
}

function giveBack(): void {
  for (const file of kept) rmSync(file, { force: true });
}

function isOver(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch {
    return true;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
