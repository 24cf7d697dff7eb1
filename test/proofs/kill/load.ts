import { type Client, Code, ConnectError } from '@connectrpc/connect';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import type { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger, Write } from './ledger.ts';

/** Runs one client until the service is gone: starts a session, writes to it and to the shared ones, ends it, and again. */
export async function runClient(
  client: Client<typeof SessionService>,
  ledger: Ledger,
  shared: readonly string[],
  random: SeededRandom,
  name: string,
): Promise<void> {
  for (let life = 0; ; life++) {
    const sessionId = `${name}-${life}`;
    ledger.addSession(sessionId);
    try {
      await client.start({ sessionId, requestId: `start-${sessionId}`, ...spans(random) });
      for (let turn = random.integer(12); turn >= 0; turn--) {
        await send(client, ledger, nextWrite(ledger, random, sessionId, shared));
      }
      await send(client, ledger, ledger.addWrite('end', sessionId, 0));
    } catch (error) {
      if (isGone(error)) return;
      if (!isOver(error)) throw error;
    }
  }
}

/** Sends a write, or sends it again under the same request id, and notes the answer. */
export async function send(client: Client<typeof SessionService>, ledger: Ledger, write: Write): Promise<void> {
  const { sessionId, requestId } = write;
  if (write.kind === 'end') {
    await client.end({ sessionId, requestId });
    ledger.acknowledge(write);
  } else if (write.kind === 'summary') {
    const summary = { firstSequence: 1, lastSequence: 1, text: write.texts[0] as string };
    await client.addSummary({ sessionId, requestId, summary });
    ledger.acknowledge(write);
  } else {
    const messages = write.texts.map((text) => ({
      role: Role.USER,
      parts: [{ content: { case: 'text' as const, value: text } }],
    }));
    const answer = await client.addMessages({ sessionId, requestId, messages });
    ledger.acknowledge(write, answer.messages[0]?.sequence ?? null);
  }
}

/** Tells whether a call failed since its session was over: ended or expired while it was under way. */
export function isOver(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.FailedPrecondition;
}

function isGone(error: unknown): boolean {
  const codes = [Code.Unavailable, Code.Internal, Code.Aborted, Code.Canceled, Code.Unknown, Code.DeadlineExceeded];
  return error instanceof ConnectError && codes.includes(error.code);
}

function nextWrite(ledger: Ledger, random: SeededRandom, own: string, shared: readonly string[]): Write {
  const dice = random.integer(10);
  if (dice === 0) return ledger.addWrite('messages', own, 2 + random.integer(30));
  if (dice < 4) return ledger.addWrite('messages', random.pick(shared), 1 + random.integer(3));
  if (dice === 4 && ledger.holdsMessages(own)) return ledger.addWrite('summary', own, 1);
  return ledger.addWrite('messages', own, 1);
}

/** Some sessions lapse and expire under way, so that the log holds events of time as well as of callers. */
function spans(random: SeededRandom) {
  if (random.integer(3) > 0) return {};
  const ttlMs = 300 + random.integer(400);
  return { ttl: duration(ttlMs), dormantAfter: duration(Math.ceil(ttlMs / 2)) };
}

function duration(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
