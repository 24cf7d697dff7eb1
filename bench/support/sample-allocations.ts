import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

// Loaded before the service (node --import): from SIGUSR2 to the end samples what its serving thread allocates, what was
// collected meanwhile included, and writes the profile to PROFILE_FILE.

const INTERVAL_BYTES = 1024;

if (isMainThread) {
  const session = new Session();
  session.connect();
  process.once('SIGUSR2', () => {
    session.post('HeapProfiler.startSampling', {
      samplingInterval: INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
  });
  process.once('exit', () => {
    session.post('HeapProfiler.stopSampling', (_, { profile }) => {
      writeFileSync(process.env.PROFILE_FILE as string, JSON.stringify(profile));
    });
  });
}
