import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { SessionEvent } from '../../gen/threadkeep/v1/event_pb.ts';
import { IfExists } from '../../gen/threadkeep/v1/lifecycle_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { auditLog, auditSession, readLog, retryUnanswered } from './kill/audit.ts';
import { Ledger } from './kill/ledger.ts';
import { runClient } from './kill/load.ts';

const clientCount = 12;

/** Kills the service under load again and again, and holds what it kept against what it acknowledged. */
export const proof: Proof = {
  claim: 'kill -9 under load loses and doubles nothing that was acknowledged, and the file stays whole',
  counts: { short: 15, full: 200 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-kill-'));
    const path = join(folder, 'threadkeep.db');
    const random = new SeededRandom(seed);
    const ledger = new Ledger();
    const ended: string[] = [];
    let messages = 0;
    let events: SessionEvent[] = [];
    for (let run = 0; run < count; run++) {
      const shared = sharedSessions(run);
      if (run % 10 === 0) for (const sessionId of shared) ledger.addSession(sessionId);
      await loadUntilKilled(path, ledger, random, shared, run);
      assert.deepEqual(await findings(path), [], 'the file is broken');
      ({ messages, events } = await audit(path, ledger, ended, run, messages));
      if (run % 10 === 9) log(`${run + 1} kills, ${messages} messages, ${events.length} events`);
    }
    await rm(folder, { recursive: true });
    return { kills: count, 'sessions ended': ended.length, messages, events: events.length };
  },
};

/** Two sessions that all clients write to, through ten kills. */
function sharedSessions(run: number): string[] {
  return ['a', 'b'].map((name) => `shared-${Math.floor(run / 10)}-${name}`);
}

async function loadUntilKilled(
  path: string,
  ledger: Ledger,
  random: SeededRandom,
  shared: string[],
  run: number,
): Promise<void> {
  const service = await startServiceProcess(['--store', `sqlite:${path}`]);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  for (const sessionId of shared) await client.start({ sessionId, ifExists: IfExists.RESUME });
  const clients = Array.from({ length: clientCount }, (_, index) =>
    runClient(client, ledger, shared, new SeededRandom(random.integer(2 ** 31)), `run-${run}-client-${index}`),
  );
  await wait(100 + random.integer(500));
  await service.kill();
  await Promise.all(clients);
}

async function audit(path: string, ledger: Ledger, ended: string[], run: number, before: number) {
  const service = await startServiceProcess(['--store', `sqlite:${path}`]);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  let messages = before;
  await retryUnanswered(client, ledger);
  for (const sessionId of ledger.sessionIds()) {
    const held = await auditSession(client, ledger, sessionId);
    if (sharedSessions(run).includes(sessionId)) continue;
    messages += held;
    if (ledger.writesOf(sessionId).some(({ kind, isAcknowledged }) => kind === 'end' && isAcknowledged))
      ended.push(sessionId);
    ledger.forget(sessionId);
  }
  const lastSessionId = `last-of-run-${run}`;
  await client.start({ sessionId: lastSessionId });
  await client.end({ sessionId: lastSessionId });
  const events = await readLog(client, lastSessionId);
  auditLog(events, ended);
  await service.stop();
  return { messages, events };
}

async function findings(path: string): Promise<unknown[]> {
  const store = await openSqliteStore({ path, clock: systemClock });
  try {
    const found: unknown[] = [];
    for await (const finding of store.verify()) found.push(finding);
    return found;
  } finally {
    await store.close();
  }
}
