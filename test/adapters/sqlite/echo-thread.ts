import { workerData } from 'node:worker_threads';
import { serveThread } from '../../../src/adapters/sqlite/thread.ts';
import { SessionError } from '../../../src/model/session-error.ts';

const { greeting } = workerData as { greeting: string };

const handlers = {
  greet: (text: string) => greeting + text,
  refuse: (message: string): null => {
    throw new SessionError('STORE_CORRUPT', message);
  },
  die: (_: null): null => process.exit(1),
};

/** EchoHandlers are the methods of a thread that exists for tests alone. */
export type EchoHandlers = typeof handlers;

serveThread(handlers, () => {});
