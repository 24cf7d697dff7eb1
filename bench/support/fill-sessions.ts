import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { appendRequest } from './append-request.ts';
import { pathOf } from './method-path.ts';
import { AUTHORIZATION, type Served } from './pinned-servers.ts';
import { encodable, GRPC, openWire } from './protocol.ts';
import { inTurn } from './wire.ts';

/** So many messages go into one frame. */
const BATCH = 40;

/** Starts sessions, each with a user of its own and so many messages. */
export async function fillSessions(
  { baseUrl }: Pick<Served, 'baseUrl'>,
  sessionIds: readonly string[],
  messageCount: number,
): Promise<void> {
  const wire = await openWire(baseUrl, GRPC, AUTHORIZATION);
  const { start, addMessages } = SessionService.method;
  const starts = sessionIds.map((sessionId) => {
    const labels = { tier: 'gold' };
    const request = {
      sessionId,
      userId: `user-${sessionId}`,
      agentId: 'helper',
      title: 'A seat by the window',
      labels,
    };
    return wire.prepare(pathOf(start), GRPC.encode(encodable(start, request)));
  });
  await wire.run(Math.min(64, starts.length), inTurn(starts, starts.length));
  for (let filled = 0; filled < messageCount; filled += BATCH) {
    const batches = sessionIds.map((sessionId) => {
      const { message } = appendRequest(sessionId);
      const messages = Array.from({ length: Math.min(BATCH, messageCount - filled) }, () => message!);
      return wire.prepare(pathOf(addMessages), GRPC.encode(encodable(addMessages, { sessionId, messages })));
    });
    await wire.run(Math.min(8, batches.length), inTurn(batches, batches.length));
  }
  wire.close();
}
