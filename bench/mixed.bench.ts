import type { MessageInitShape } from '@bufbuild/protobuf';
import { type MessageSchema, Role } from '../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { answerOf } from './support/answer-of.ts';
import type { Measure } from './support/measure.ts';
import { pathOf } from './support/method-path.ts';
import { pinThisProcess, requireCores } from './support/pin.ts';
import { AUTHORIZATION, startBareServer, startPinnedService } from './support/pinned-servers.ts';
import { type Encodable, encodable, GRPC, openWire } from './support/protocol.ts';
import type { Figure } from './support/report.ts';
import { withScratch } from './support/scratch.ts';
import { compare, takeTurns } from './support/turns.ts';
import type { Wire } from './support/wire.ts';

const AGENTS = [1, 16, 64];
const TURNS = 10;
const { start, addMessage, buildContext, end } = SessionService.method;

const METHOD = `What agents do, over gRPC: each starts a session, takes ${TURNS} turns, ends it, and begins the next. A turn is four calls,
one after another: the user's message, BuildContext(20), the model's message with two tool calls, their results. Durable, on
SQLite, with all else on. The bare limit answers the same calls with answers of the same bytes: those of a turn in the middle of
a conversation. Server and load have a core each.`;

/** Measures whole conversations: turns a second of agents that wait for each answer, in turns with the bare limit. */
export const measure: Measure = async ({ quick }) => {
  requireCores();
  return withScratch('mixed', async (scratch) => {
    const service = await startPinnedService(scratch);
    const bare = await startBareServer(scratch, await answersOf(service.baseUrl));
    const wires = {
      bare: await openWire(bare.baseUrl, GRPC, AUTHORIZATION),
      service: await openWire(service.baseUrl, GRPC, AUTHORIZATION),
    };
    for (const wire of Object.values(wires)) scratch.ending.defer(() => wire.close());
    scratch.ending.defer(pinThisProcess());
    const figures: Figure[] = [];
    for (const agents of AGENTS) {
      const conversations = quick ? Math.ceil(4 / agents) : Math.max(2, Math.ceil(8 / agents));
      const turns = await takeTurns(quick ? 3 : 5, {
        bare: () => turnsPerSecond(wires.bare, agents, conversations),
        service: () => turnsPerSecond(wires.service, agents, conversations),
      });
      const rate = compare(turns, (turn) => turn.service, { name: 'bare limit', of: (turn) => turn.bare });
      figures.push({ name: 'conversations', at: { agents }, unit: 'turns/s', ...rate });
    }
    const plot = { title: 'Turns a second', along: 'agents', series: [], of: 'value', figures } as const;
    return { title: 'Conversations as agents have them', method: METHOD, figures, plots: [plot] };
  });
};

async function turnsPerSecond(wire: Wire, agents: number, conversations: number): Promise<number> {
  const scripts = Array.from({ length: agents }, () => {
    const calls = Array.from({ length: conversations }, () => conversation(nextSessionId())).flat();
    return calls.map((call) => wire.prepare(pathOf(call.method), GRPC.encode(call))).values();
  });
  const { elapsedMs } = await wire.run(agents, (agent) => scripts[agent]!.next().value);
  return (1000 * agents * conversations * TURNS) / elapsedMs;
}

let sessions = 0;
function nextSessionId(): string {
  sessions += 1;
  return `conversation-${sessions}`;
}

/** Holds a conversation, and returns what its calls were answered in the middle of it. */
async function answersOf(baseUrl: string): Promise<Map<Encodable['method'], Uint8Array>> {
  const answers = new Map<Encodable['method'], Uint8Array>();
  const calls = conversation(nextSessionId());
  for (const [place, call] of calls.entries()) {
    const answer = await answerOf(baseUrl, call);
    if (place <= calls.length / 2 || call.method === end) answers.set(call.method, answer);
  }
  return answers;
}

function conversation(sessionId: string): Encodable[] {
  const turns = Array.from({ length: TURNS }, (_, turn) => callsOf(sessionId, turn));
  return [
    encodable(start, { sessionId, userId: `user-of-${sessionId}`, agentId: 'travel' }),
    ...turns.flat(),
    encodable(end, { sessionId }),
  ];
}

function callsOf(sessionId: string, turn: number): Encodable[] {
  const append = (part: string, message: MessageInitShape<typeof MessageSchema>) =>
    encodable(addMessage, { sessionId, requestId: `${sessionId}-${turn}-${part}`, message });
  return [
    append('user', {
      role: Role.USER,
      parts: [textOf(`Turn ${turn}: is there an earlier flight to Lisbon on Friday?`)],
    }),
    encodable(buildContext, { sessionId, maxMessages: 20 }),
    append('assistant', {
      role: Role.ASSISTANT,
      parts: [textOf('Let me look.'), ...[1, 2].map((n) => toolCall(turn, n))],
    }),
    append('results', { role: Role.TOOL, parts: [1, 2].map((n) => toolResult(turn, n)) }),
  ];
}

function textOf(value: string) {
  return { content: { case: 'text' as const, value } };
}

function toolCall(turn: number, place: number) {
  const call = {
    id: `call-${turn}-${place}`,
    name: 'find_flights',
    arguments: '{"from":"OSL","to":"LIS","day":"Friday"}',
  };
  return { content: { case: 'toolCall' as const, value: call } };
}

function toolResult(turn: number, place: number) {
  const content = '{"flights":[{"id":"TP781","leaves":"06:10"},{"id":"DY1828","leaves":"09:40"}]}'.repeat(2);
  return { content: { case: 'toolResult' as const, value: { callId: `call-${turn}-${place}`, content } } };
}
