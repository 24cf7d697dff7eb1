import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Role } from '../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import type { Store } from '../src/ports/store.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { measureBareCall, measureBareSync } from './support/bare-limits.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { appendAtPort, contextAtPort } from './support/port-calls.ts';

const rounds = 400;
const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);

/**
 * Measures whether the cost of AddMessage and BuildContext(20) grows with the age of a session: p50 at sessions of 20,
 * 1,000, 20,000 and 100,000 messages, taken in turn within one run, at the store's port and through the service.
 */
export const measure: Measure = async ({ quick }) => {
  const ages = quick ? [20, 1000, 20_000] : [20, 1000, 20_000, 100_000];
  const folder = await mkdtemp(join(tmpdir(), 'threadkeep-age-'));
  const path = join(folder, 'threadkeep.db');
  const service = await startServiceProcess(['--store', `sqlite:${path}`]);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: service.baseUrl }));
  for (const age of ages) await fillSession(client, age);
  print('service: AddMessage', await measureInTurn(ages, (age) => appendByService(client, age)));
  print('service: BuildContext(20)', await measureInTurn(ages, (age) => contextByService(client, age)));
  await service.stop();
  const store = await openSqliteStore({ path, clock: systemClock });
  print('port: append', await measureInTurn(ages, (age) => appendAtPort(store as Store, sessionIdOf(age), text)));
  print('port: newest 20', await measureInTurn(ages, (age) => contextAtPort(store as Store, sessionIdOf(age), 20)));
  await store.close();
  console.log(
    `bare limit, write and fdatasync of 512 bytes: p50 ${(await measureBareSync(folder, rounds)).toFixed(3)} ms`,
  );
  console.log(`bare limit, echo of 370 bytes over node:http2: p50 ${(await measureBareCall(rounds)).toFixed(3)} ms`);
  await rm(folder, { recursive: true });
};

const sessionIdOf = (age: number) => `age-${age}`;

async function fillSession(client: Client<typeof SessionService>, age: number): Promise<void> {
  const sessionId = sessionIdOf(age);
  await client.start({ sessionId });
  for (let filled = 0; filled < age; filled += 500) {
    const messages = Array.from({ length: Math.min(500, age - filled) }, (_, index) => messageOf(index));
    await client.addMessages({ sessionId, messages });
  }
}

function messageOf(index: number) {
  return {
    role: index % 2 === 0 ? Role.USER : Role.ASSISTANT,
    parts: [{ content: { case: 'text' as const, value: text } }],
  };
}

async function appendByService(client: Client<typeof SessionService>, age: number): Promise<void> {
  await client.addMessage({ sessionId: sessionIdOf(age), message: messageOf(0) });
}

async function contextByService(client: Client<typeof SessionService>, age: number): Promise<void> {
  await client.buildContext({ sessionId: sessionIdOf(age), maxMessages: 20 });
}

/** Takes the ages in turn, so that a drift of the machine touches all alike; answers each age's p50 in ms. */
async function measureInTurn(
  ages: readonly number[],
  run: (age: number) => Promise<void>,
): Promise<Map<number, number>> {
  const taken = new Map(ages.map((age): [number, number[]] => [age, []]));
  for (let round = -rounds / 10; round < rounds; round++) {
    for (const [age, times] of taken) {
      const startedAt = performance.now();
      await run(age);
      if (round >= 0) times.push(performance.now() - startedAt);
    }
  }
  return new Map([...taken].map(([age, times]) => [age, median(times)]));
}

function print(title: string, p50s: ReadonlyMap<number, number>): void {
  const youngest = [...p50s.values()][0] as number;
  for (const [age, p50] of p50s) {
    console.log(
      `${title} at ${age} messages: p50 ${p50.toFixed(3)} ms, ${(p50 / youngest).toFixed(2)} of that at the youngest`,
    );
  }
}
