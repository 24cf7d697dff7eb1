import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { Role } from '../../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { readTrace, tracedCommand } from './sync/read-trace.ts';
import { markOf, SyncCheck, TRACED_CALLS } from './sync/sync-check.ts';

const writerCount = 12;

/** Lets the service append under strace and looks at the order of its writes, syncs and answers. */
export const proof: Proof = {
  claim: 'no append is answered before a sync of the log covers its commit, and under durability normal it is',
  counts: { short: 60, full: 2000 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-sync-'));
    const full = await traceAppends(join(folder, 'full'), 'full', count, new SeededRandom(seed));
    assert.equal(full.unsynced, 0, `${full.unsynced} of ${count} appends were answered before their sync`);
    log(`${count} appends under full`);
    const normal = await traceAppends(join(folder, 'normal'), 'normal', count, new SeededRandom(seed));
    assert.ok(normal.unsynced > 0, 'the check finds nothing under durability normal, which does not sync: it is blind');
    await rm(folder, { recursive: true });
    return {
      appends: full.answers,
      batches: full.batches,
      'largest batch': full.largestBatch,
      'answered before their sync': full.unsynced,
      'the same under durability normal': normal.unsynced,
    };
  },
};

async function traceAppends(name: string, durability: string, count: number, random: SeededRandom): Promise<SyncCheck> {
  const tracePath = `${name}.trace`;
  const service = await startServiceProcess(['--store', `sqlite:${name}.db`, '--durability', durability], {
    command: tracedCommand([process.execPath], TRACED_CALLS, tracePath),
  });
  // JSON over HTTP/1.1 can be read in a trace, each answer whole in one write.
  const transport = createConnectTransport({ baseUrl: service.baseUrl, httpVersion: '1.1', useBinaryFormat: false });
  await append(createClient(SessionService, transport), count, random).finally(() => service.stop());
  const check = new SyncCheck();
  for await (const step of readTrace(tracePath, service.pid)) check.follow(step);
  assert.equal(check.answers, count, 'the trace does not show every answer');
  return check;
}

/** Appends `count` messages, each writer to a session of its own and one after the other. */
async function append(client: Client<typeof SessionService>, count: number, random: SeededRandom): Promise<void> {
  let left = count;
  const write = async (sessionId: string) => {
    await client.start({ sessionId });
    for (let sequence = 1; left-- > 0; sequence++) {
      const value = markOf(sessionId, sequence) + 'x'.repeat(random.integer(3000));
      const parts = [{ content: { case: 'text' as const, value } }];
      await client.addMessage({ sessionId, message: { role: Role.USER, parts } });
    }
  };
  await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(`writer-${writer}`)));
}
