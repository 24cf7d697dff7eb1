import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ContextFormat } from '../gen/threadkeep/v1/context_pb.ts';
import { IfExists } from '../gen/threadkeep/v1/lifecycle_pb.ts';
import { Role } from '../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';

const sessions = createClient(SessionService, createGrpcTransport({ baseUrl: 'http://127.0.0.1:7420' }));
const sessionId = 'trip-3';

await sessions.start({ sessionId, userId: 'ada', agentId: 'travel', ifExists: IfExists.RESTART });

// The request id makes a retry safe: what was stored already is not stored twice.
await sessions.addMessage({
  sessionId,
  requestId: crypto.randomUUID(),
  message: { role: Role.USER, parts: [{ content: { case: 'text', value: 'I need a flight to Oslo.' } }] },
});

const context = await sessions.buildContext({ sessionId, tokenLimit: 2000, format: ContextFormat.OPENAI_CHAT });
console.log(context.tokenCount, 'tokens:', JSON.parse(context.rendered));
