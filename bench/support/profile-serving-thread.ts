import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

// Loaded before the service (node --import): samples its serving thread from start to end, and writes the profile to
// PROFILE_FILE. Other threads are left alone, as sampling cuts short the waits in which SQLite bides a lock.

const INTERVAL_US = 200;

if (isMainThread) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (_, { profile }) => {
      writeFileSync(process.env.PROFILE_FILE as string, JSON.stringify(profile));
    });
  });
}
