import { join } from 'node:path';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import type { Store } from '../src/ports/store.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { appendRequest } from './support/append-request.ts';
import { measureBareCall, measureBareSync } from './support/bare-limits.ts';
import { fillSessions } from './support/fill-sessions.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { pathOf } from './support/method-path.ts';
import { appendAtPort, contextAtPort } from './support/port-calls.ts';
import { type Encodable, encodable, GRPC, openWire } from './support/protocol.ts';
import type { Figure } from './support/report.ts';
import { withScratch } from './support/scratch.ts';
import { compare } from './support/turns.ts';
import type { Wire } from './support/wire.ts';

const AGES = [20, 1000, 20_000, 100_000];
const YOUNGEST = AGES[0]!;
const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);

const METHOD = `The time of AddMessage and of BuildContext(20), one call at a time, in sessions of ${YOUNGEST} messages and more, which take
turns call by call; a figure is the median of the rounds' p50. "service" is asked over gRPC, "port" is the store alone. Beside
them what this machine takes at least for a durable write and for a call.`;

/** Measures whether the cost of AddMessage and BuildContext(20) grows with the age of a session, at the port and through the service. */
export const measure: Measure = async ({ quick }) => {
  const size = quick ? { ages: AGES.slice(0, 3), rounds: 3, calls: 40 } : { ages: AGES, rounds: 5, calls: 100 };
  return withScratch('age', async (scratch) => {
    const path = join(scratch.folder, 'threadkeep.db');
    const aged = [...(await measureService(path, size)), ...(await measurePort(path, size))];
    const bare: Figure[] = [
      {
        name: 'write and fdatasync of 512 bytes',
        at: {},
        value: await measureBareSync(scratch.folder, 400),
        unit: 'ms',
      },
      { name: 'echo of 370 bytes over node:http2', at: {}, value: await measureBareCall(400), unit: 'ms' },
    ];
    const plot = { title: 'Time of a call by the age of its session', along: 'messages', series: ['where'] };
    return {
      title: 'Old sessions',
      method: METHOD,
      figures: [...aged, ...bare],
      plots: [{ ...plot, of: 'ratio', figures: aged }],
    };
  });
};

interface Size {
  ages: readonly number[];
  rounds: number;
  calls: number;
}

const sessionIdOf = (age: number) => `age-${age}`;

async function measureService(path: string, size: Size): Promise<Figure[]> {
  await using ending = new AsyncDisposableStack();
  const service = await startServiceProcess(['--store', `sqlite:${path}`]);
  ending.defer(async () => void (await service.stop()));
  for (const age of size.ages) await fillSessions(service, [sessionIdOf(age)], age);
  const wire = await openWire(service.baseUrl, GRPC, {});
  ending.defer(() => wire.close());
  const { addMessage, buildContext } = SessionService.method;
  const append = (age: number) => encodable(addMessage, appendRequest(sessionIdOf(age)));
  const context = (age: number) => encodable(buildContext, { sessionId: sessionIdOf(age), maxMessages: 20 });
  return [
    ...figuresOf('AddMessage', 'service', size, await takeRounds(size, callsOver(wire, append))),
    ...figuresOf('BuildContext(20)', 'service', size, await takeRounds(size, callsOver(wire, context))),
  ];
}

async function measurePort(path: string, size: Size): Promise<Figure[]> {
  const store: Store = await openSqliteStore({ path, clock: systemClock });
  await using ending = new AsyncDisposableStack();
  ending.defer(() => store.close());
  const append = timesOf((age) => appendAtPort(store, sessionIdOf(age), text));
  const context = timesOf((age) => contextAtPort(store, sessionIdOf(age), 20));
  return [
    ...figuresOf('AddMessage', 'port', size, await takeRounds(size, append)),
    ...figuresOf('BuildContext(20)', 'port', size, await takeRounds(size, context)),
  ];
}

/** Makes one call for each of these ages, one after another; answers how long each took. */
type Take = (ages: readonly number[]) => Promise<readonly number[]>;

function callsOver(wire: Wire, callOf: (age: number) => Encodable): Take {
  return async (ages) => {
    const requests = ages.map((age) => {
      const call = callOf(age);
      return wire.prepare(pathOf(call.method), GRPC.encode(call));
    });
    const { timesMs } = await wire.run(1, () => requests.shift());
    return timesMs;
  };
}

function timesOf(run: (age: number) => Promise<void>): Take {
  return async (ages) => {
    const timesMs: number[] = [];
    for (const age of ages) {
      const startedAt = performance.now();
      await run(age);
      timesMs.push(performance.now() - startedAt);
    }
    return timesMs;
  };
}

/** Returns each round's p50 by age, after a round that warms up. */
async function takeRounds({ ages, rounds, calls }: Size, take: Take): Promise<Map<number, number>[]> {
  const inTurn = Array.from({ length: calls }, () => ages).flat();
  const p50s: Map<number, number>[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const timesMs = await take(inTurn);
    const ofAge = (place: number) => timesMs.filter((_, call) => call % ages.length === place);
    if (round > 0) p50s.push(new Map(ages.map((age, place) => [age, median(ofAge(place))])));
  }
  return p50s;
}

function figuresOf(name: string, where: string, { ages }: Size, rounds: readonly Map<number, number>[]): Figure[] {
  const youngest = { name: `at ${YOUNGEST} messages`, of: (round: Map<number, number>) => round.get(YOUNGEST)! };
  return ages.map((age): Figure => {
    const p50 = compare(rounds, (round) => round.get(age)!, youngest);
    const figure = { name, at: { where, messages: age }, unit: 'ms', ...p50 } as const;
    return age === YOUNGEST ? figure : { ...figure, wanted: { of: 'ratio', atMost: 1.1 } };
  });
}
