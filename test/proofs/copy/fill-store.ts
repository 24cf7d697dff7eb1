import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { IfExists } from '../../../gen/threadkeep/v1/lifecycle_pb.ts';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { Outcome } from '../../../gen/threadkeep/v1/session_pb.ts';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { composeService } from '../../../src/compose.ts';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

type Sessions = Client<typeof SessionService>;

/** The tenants among which the sessions are made. */
export const TENANTS = ['acme', 'beta'] as const;

const AT_ONCE = 16;
const KEY_OF = { acme: 'correct-horse', beta: 'battery-staple' };

/** Makes so many sessions in a store by calls of every kind; answers how many calls it took. */
export async function fillStore(store: string, count: number, random: SeededRandom): Promise<number> {
  const environment = { THREADKEEP_API_KEYS: TENANTS.map((tenant) => `${KEY_OF[tenant]}:${tenant}`).join() };
  const flags = { store, port: '0', 'log-level': 'silent', 'sessions-per-user': '0', durability: 'normal' };
  const service = await composeService(loadConfiguration({ flags, environment }).configuration);
  const clients = TENANTS.map((tenant) => clientOf(service.address.port, KEY_OF[tenant]));
  let [made, calls] = [0, 0];
  const make = async () => {
    while (made < count) {
      made += 1;
      const taken = await makeSession(clients[made % clients.length]!, `session-${made}`, random);
      calls += taken;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
  await service.drain();
  await service.close();
  return calls;
}

function clientOf(port: number, key: string): Sessions {
  const transport = createGrpcTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${key}`);
        return next(request);
      },
    ],
  });
  return createClient(SessionService, transport);
}

async function makeSession(sessions: Sessions, sessionId: string, random: SeededRandom): Promise<number> {
  const userId = `user-${random.integer(50)}`;
  const key = random.integer(2) === 0 ? { channel: 'web', conversationKey: sessionId } : {};
  await sessions.start({
    ...{ sessionId, userId, agentId: `agent-${random.integer(5)}`, requestId: `start-${sessionId}`, ...key },
    ...{ title: `title of ${sessionId}`, labels: { kind: `k${random.integer(3)}` }, metadata: { place: sessionId } },
    ...{ state: { step: random.integer(9) }, neverExpires: random.integer(4) === 0 },
  });
  const steps = random.integer(6);
  await sessions.addMessages({ sessionId, messages: messagesOf(1 + random.integer(8), random) });
  for (let step = 0; step < steps; step += 1) await takeStep(sessions, sessionId, random);
  return 2 + steps + (await finish(sessions, sessionId, random));
}

/** Most sessions live on; some are ended, started over, or deleted. Answers the calls it took. */
async function finish(sessions: Sessions, sessionId: string, random: SeededRandom): Promise<number> {
  const fate = random.integer(10);
  if (fate === 0) await sessions.delete({ sessionId });
  if (fate > 2) return fate === 0 ? 1 : 0;
  if (fate > 0) await sessions.end({ sessionId, outcome: Outcome.FAILED, errorMessage: 'gave up', qualityScore: 2 });
  if (fate === 2) await sessions.start({ sessionId, ifExists: IfExists.RESTART });
  return Math.max(1, fate);
}

async function takeStep(sessions: Sessions, sessionId: string, random: SeededRandom): Promise<void> {
  const requestId = `request-${random.integer(2 ** 31)}`;
  switch (random.integer(9)) {
    case 0:
      await sessions.addMessages({ sessionId, requestId, messages: messagesOf(1 + random.integer(120), random) });
      break;
    case 1:
      await sessions.rewind({ sessionId, requestId, cut: { case: 'lastMessages', value: 1 + random.integer(5) } });
      break;
    case 2:
      await sessions.recordActivity({
        sessionId,
        toolCall: { callId: requestId, name: 'look', success: random.integer(2) === 0 },
        error: { message: 'lost' },
      });
      break;
    case 3:
      await sessions.addSummary({
        sessionId,
        requestId,
        summary: { firstSequence: 1, lastSequence: 1, text: 'short '.repeat(1 + random.integer(50)) },
      });
      break;
    default:
      await sessions.addMessages({ sessionId, requestId, messages: messagesOf(1 + random.integer(4), random) });
  }
}

function messagesOf(count: number, random: SeededRandom) {
  return Array.from({ length: count }, (_, place) => ({
    role: place % 2 === 0 ? Role.USER : Role.ASSISTANT,
    parts: [
      { content: { case: 'text' as const, value: `word ${random.integer(1000)} `.repeat(1 + random.integer(30)) } },
    ],
  }));
}
