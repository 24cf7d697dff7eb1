import { spawnSync } from 'node:child_process';

/** Has the system write a file to the disk and forget what it holds of it in memory (posix_fadvise, by dd); false where it cannot. */
export function dropPageCache(path: string): boolean {
  const sync = spawnSync('sync', [path]);
  const drop = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
  return sync.status === 0 && drop.status === 0;
}
