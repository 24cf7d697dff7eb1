import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';

const AT_ONCE = 50;

/** Starts sessions that live for a moment, each good for the events DORMANT, EXPIRED and DELETED of large names. */
export async function makeEvents(baseUrl: string, sessions: number): Promise<void> {
  const sessionManager = new Http2SessionManager(baseUrl);
  const client = createClient(SessionService, createGrpcTransport({ baseUrl, sessionManager }));
  let left = sessions;
  const startMany = async () => {
    while (left > 0) {
      left -= 1;
      const [userId, agentId] = [`${left}-`.padEnd(256, 'x'), 'y'.repeat(128)];
      await client.start({ userId, agentId, ttl: span(200), dormantAfter: span(100), expiringLead: span(0) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, startMany));
  sessionManager.abort();
}

function span(ms: number) {
  return { seconds: 0n, nanos: ms * 1_000_000 };
}
