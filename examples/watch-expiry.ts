import { enumToJson } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { SessionEventKind, SessionEventKindSchema } from '../gen/threadkeep/v1/event_pb.ts';
import { IfExists } from '../gen/threadkeep/v1/lifecycle_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';

const sessions = createClient(SessionService, createGrpcTransport({ baseUrl: 'http://127.0.0.1:7420' }));
const sessionId = 'blink-2';

const { watchToken } = await sessions.start({ sessionId, ttl: { seconds: 1n }, ifExists: IfExists.RESTART });

// The token is from before the start, so that nothing is missed, however late the watch begins. Save the token of each
// step once you have acted on it: a watch from it goes on right after.
const start = { case: 'resumeToken', value: watchToken } as const;
const stop = new AbortController();
const steps = sessions.watchExpiry({ sessionIds: [sessionId], start }, { signal: stop.signal });
for await (const { event, resumeToken } of steps) {
  if (event.case !== 'events') continue;
  for (const { kind } of event.value.events) console.log(enumToJson(SessionEventKindSchema, kind), resumeToken);
  if (event.value.events.some(({ kind }) => kind === SessionEventKind.EXPIRED)) break;
}

// A stream lives until its signal aborts.
stop.abort();
