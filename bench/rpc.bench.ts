import type { DescMethod } from '@bufbuild/protobuf';
import { Health } from '../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { answerOf } from './support/answer-of.ts';
import { fillSessions } from './support/fill-sessions.ts';
import { requireH2load } from './support/h2load.ts';
import { type Loaded, sameCallLoad } from './support/loads.ts';
import type { Measure } from './support/measure.ts';
import { requireCores } from './support/pin.ts';
import { type Served, startBareServer, startPinnedService } from './support/pinned-servers.ts';
import { type Encodable, encodable, GRPC } from './support/protocol.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';
import { compare, takeTurns } from './support/turns.ts';

const STREAMS = 64;
const sessionId = 'bench';

/** Check has hardly a handler: it shows what the lane and the guards of every call cost. */
const MEASURED: readonly { name: string; call: Encodable; atLeast?: number }[] = [
  { name: 'Get', call: encodable(SessionService.method.get, { sessionId }), atLeast: 0.85 },
  { name: 'Touch', call: encodable(SessionService.method.touch, { sessionId }), atLeast: 0.85 },
  {
    name: 'BuildContext(20)',
    call: encodable(SessionService.method.buildContext, { sessionId, maxMessages: 20 }),
    atLeast: 0.6,
  },
  { name: 'Check', call: encodable(Health.method.check, {}) },
];

/** Measures unary gRPC calls of one session by the lane and by the transport library, in turns with the bare limit. */
export const measure: Measure = async ({ quick }) => {
  requireCores();
  requireH2load();
  return withScratch('rpc', async (scratch) => {
    const lane = await startPinnedService(scratch);
    const library = await startPinnedService(scratch, { lane: 'off' });
    for (const service of [lane, library]) await fillSessions(service, [sessionId], 20);
    const figures: Figure[] = [];
    for (const measured of MEASURED) {
      const answer = await answerOf(lane.baseUrl, measured.call);
      const bare = await startBareServer(scratch, new Map<DescMethod, Uint8Array>([[measured.call.method, answer]]));
      const form = {
        protocol: GRPC,
        streams: STREAMS,
        seconds: quick ? 0.1 : 0.25,
      };
      const loadOf = (served: Served, warmUpCalls: number) =>
        sameCallLoad(served, measured.call, quick ? form : { ...form, warmUpCalls }, scratch.folder);
      // The bare limit goes on getting faster for some ten thousand calls; the library would take half a minute for them.
      const sides = { bare: loadOf(bare, 40_000), lane: loadOf(lane, 40_000), library: loadOf(library, 5_000) };
      const turns = await takeTurns(quick ? 3 : 5, sides);
      figures.push(...figuresOf(measured, answer.byteLength, turns));
    }
    return { ...HEAD, figures, plots: [] };
  });
};

const HEAD: Pick<Report, 'title' | 'method'> = {
  title: 'Unary calls against the bare limit',
  method: `gRPC at ${STREAMS} streams over one connection, by h2load: one session of 20 messages, called again and again. The bare
limit is node:http2 and protobuf-es and nothing else, with a request and an answer of the same bytes. "library" is the service
with \`--lane off\`: connect-node answers. Each server keeps to core 0, h2load to core 1. Processor time is what the system
counted for all threads of a server; it minds a busy machine less than rates do.`,
};

type Turn = Record<'bare' | 'lane' | 'library', Loaded>;

function figuresOf(
  { name, atLeast }: (typeof MEASURED)[number],
  answerBytes: number,
  turns: readonly Turn[],
): Figure[] {
  return (['lane', 'library'] as const).flatMap((by): Figure[] => {
    const at = { by, 'bytes answered': answerBytes };
    const wanted = by === 'lane' && atLeast !== undefined ? ({ of: 'ratio', atLeast } as const) : undefined;
    const rate = compare(turns, (turn) => turn[by].rate, { name: 'bare limit', of: ({ bare }) => bare.rate });
    const cpuUs = compare(turns, (turn) => turn[by].cpuUs, { name: 'bare limit', of: ({ bare }) => bare.cpuUs });
    return [
      { name, at, unit: 'calls/s', ...rate, ...(wanted && { wanted }) },
      { name: `${name}, processor time`, at, unit: 'µs', ...cpuUs },
    ];
  });
}
