import type { ChildProcess } from 'node:child_process';

type Connection = { readonly fd: number; close(): void };

/**
 * Closes the connections that a worker was given and did not take when it died: the cluster forgets them and leaves them
 * open, and their callers would wait for ever.
 */
export function closeUntaken(worker: ChildProcess): void {
  const given = new Set<Connection>();
  const send = worker.send.bind(worker) as (...parts: unknown[]) => boolean;
  worker.send = (...parts: unknown[]) => {
    const [, handle] = parts;
    for (const each of given) if (!isOpen(each)) given.delete(each);
    if (isConnection(handle)) given.add(handle);
    return send(...parts);
  };
  worker.once('exit', () => {
    for (const each of given) if (isOpen(each)) each.close();
  });
}

/** One that was taken has been closed in this process. */
function isOpen({ fd }: Connection): boolean {
  return fd >= 0;
}

function isConnection(handle: unknown): handle is Connection {
  return typeof handle === 'object' && handle !== null && 'fd' in handle && 'close' in handle;
}
