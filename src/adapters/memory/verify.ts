import type { Finding } from '../../ports/store.ts';
import type { Life, MemoryRecords } from './records.ts';

/** Looks at every session and yields those whose messages have a hole or do not end where the header says. */
export async function* verify(records: MemoryRecords): AsyncGenerator<Finding> {
  for (const [tenant, { livesByUid }] of records.tenants) {
    for (const life of livesByUid.values()) {
      if (isWhole(life)) continue;
      yield {
        what: `session ${life.header.sessionId} of tenant ${tenant} lacks messages`,
        remedy: 'restart the service and report the fault: memory was changed from outside of the store',
      };
    }
  }
}

function isWhole({ header, messages }: Life): boolean {
  return messages.every(({ sequence }, place) => sequence === header.lastSequence - messages.length + 1 + place);
}
