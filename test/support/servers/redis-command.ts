import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findTool } from '../require.ts';
import { ServerMissing } from './server-missing.ts';

const run = promisify(execFile);

let installing: Promise<string> | undefined;

/** Returns the path of redis-server: the one on PATH, or, for root where apt is, one that is installed now. */
export function redisCommand(): Promise<string> {
  installing ??= install();
  return installing;
}

async function install(): Promise<string> {
  const found = findTool('redis-server');
  if (found !== undefined) return found;
  const apt = findTool('apt-get');
  if (process.getuid?.() === 0 && apt !== undefined) await installByApt(apt);
  const installed = findTool('redis-server');
  if (installed !== undefined) return installed;
  throw new ServerMissing('there is no Redis: set REDIS_URL to a server of yours, or install redis-server');
}

async function installByApt(apt: string): Promise<void> {
  const patience = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run(apt, ['update', '-qq']);
    await run(apt, ['install', '-qq', '-y', ...patience, 'redis-server']);
  } catch (cause) {
    throw new ServerMissing('there is no Redis: set REDIS_URL; apt could not install redis-server', { cause });
  }
}
