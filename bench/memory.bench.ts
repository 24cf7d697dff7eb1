import { join } from 'node:path';
import { Role } from '../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { type ServiceProcess, startServiceProcess } from '../test/support/service-process.ts';
import { appendRequest } from './support/append-request.ts';
import { atRest } from './support/at-rest.ts';
import { fillSqlite } from './support/fill-sqlite.ts';
import { fillerMessage } from './support/filler-message.ts';
import type { Measure } from './support/measure.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';
import { COLLECTABLE, settledKib } from './support/settled-memory.ts';

const CALLERS = 32;
const TURNS = 5;
const MESSAGES = 20;
const TEXT = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);

/** Measures the resident memory of the service on SQLite: at rest, for each session in its cache, and after so much work as an hour brings. */
export const measure: Measure = ({ quick }) =>
  withScratch('memory', async ({ folder }) => {
    const [cached, conversations] = quick ? [600, 100] : [5000, 2000];
    const file = join(folder, 'threadkeep.db');
    const messages = Array.from({ length: MESSAGES }, () => fillerMessage(TEXT));
    await fillSqlite(file, { count: cached, idOf: sessionIdOf, messagesOf: () => messages });
    const service = await startServiceProcess(['--store', `sqlite:${file}`, '--log-level', 'error'], {
      command: [process.execPath, ...COLLECTABLE],
    });
    try {
      return reportOf(await observe(service, { cached, conversations }), { cached, conversations });
    } finally {
      await service.stop();
    }
  });

interface Work {
  /** Sessions that are read into the cache. */
  cached: number;
  /** Conversations that are started, held and ended. */
  conversations: number;
}

/** Seen is what was resident, in KiB: `few` with a fifth of the sessions in the cache, `many` with all of them. */
interface Seen {
  idleKib: number;
  readyKib: number;
  fewKib: number;
  manyKib: number;
  workedKib: number;
  calls: number;
}

async function observe(service: ServiceProcess, { cached, conversations }: Work): Promise<Seen> {
  await atRest(service.pid, 20_000);
  const idleKib = await settledKib(service);
  const calls = new ServiceCalls(service.baseUrl);
  const sessionIds = Array.from({ length: cached }, (_, place) => sessionIdOf(place));
  await calls.hold(Array.from({ length: CALLERS }, (_, place) => `first-${place}`));
  const readyKib = await settledKib(service);
  // SQLite's own pages, and whatever else grows to its size at first, are no session's.
  await calls.read(sessionIds.splice(0, cached / 5));
  const fewKib = await settledKib(service);
  await calls.read(sessionIds);
  const manyKib = await settledKib(service);
  const made = await calls.hold(Array.from({ length: conversations }, (_, place) => `conversation-${place}`));
  const workedKib = await settledKib(service);
  calls.close();
  return { idleKib, readyKib, fewKib, manyKib, workedKib, calls: made };
}

function sessionIdOf(place: number): string {
  return `session-${place}`;
}

/** ServiceCalls makes the calls, a few at a time. */
class ServiceCalls {
  readonly #start: ReadyCalls<typeof SessionService.method.start.input>;
  readonly #append: ReadyCalls<typeof SessionService.method.addMessage.input>;
  readonly #context: ReadyCalls<typeof SessionService.method.buildContext.input>;
  readonly #end: ReadyCalls<typeof SessionService.method.end.input>;

  constructor(url: string) {
    const { start, addMessage, buildContext, end } = SessionService.method;
    this.#start = new ReadyCalls(url, start);
    this.#append = new ReadyCalls(url, addMessage);
    this.#context = new ReadyCalls(url, buildContext);
    this.#end = new ReadyCalls(url, end);
  }

  /** Reads the context of each session, so that it is in the cache with its newest messages. */
  async read(sessionIds: readonly string[]): Promise<void> {
    await inTurns(sessionIds, (sessionId) => this.#context.call({ sessionId, maxMessages: MESSAGES }));
  }

  /** Holds a conversation in each session, from its start to its end; returns how many calls that took. */
  async hold(sessionIds: readonly string[]): Promise<number> {
    await inTurns(sessionIds, async (sessionId) => {
      await this.#start.call({ sessionId });
      for (let turn = 0; turn < TURNS; turn++) {
        await this.#append.call(appendRequest(sessionId));
        await this.#context.call({ sessionId, maxMessages: MESSAGES });
        const answer = { role: Role.ASSISTANT, parts: [{ content: { case: 'text' as const, value: TEXT } }] };
        await this.#append.call({ sessionId, message: answer });
      }
      await this.#end.call({ sessionId });
    });
    return sessionIds.length * (2 + 3 * TURNS);
  }

  close(): void {
    for (const calls of [this.#start, this.#append, this.#context, this.#end]) calls.close();
  }
}

async function inTurns(sessionIds: readonly string[], run: (sessionId: string) => Promise<void>): Promise<void> {
  const rest = sessionIds.values();
  const runRest = async () => {
    for (const sessionId of rest) await run(sessionId);
  };
  await Promise.all(Array.from({ length: CALLERS }, runRest));
}

function reportOf(seen: Seen, { cached, conversations }: Work): Report {
  const contentKib = (MESSAGES * TEXT.length) / 1024;
  const idle = (kib: number): Pick<Figure, 'value' | 'unit' | 'reference'> => ({
    value: kib / 1024,
    unit: 'MiB',
    reference: { name: 'idle', value: seen.idleKib / 1024, ratio: kib / seen.idleKib },
  });
  const eachKib = (seen.manyKib - seen.fewKib) / (cached * 0.8);
  const figures: Figure[] = [
    { name: 'Resident, idle', at: { sessions: 0 }, value: seen.idleKib / 1024, unit: 'MiB' },
    { name: 'Resident, after the first calls', at: { sessions: CALLERS }, ...idle(seen.readyKib) },
    {
      name: 'A cached session',
      at: { sessions: cached },
      value: eachKib,
      unit: 'KiB',
      reference: { name: 'its texts', value: contentKib, ratio: eachKib / contentKib },
    },
    { name: 'Resident, with all in the cache', at: { sessions: cached }, ...idle(seen.manyKib) },
    { name: "Resident, after an hour's work", at: { sessions: conversations }, ...idle(seen.workedKib) },
  ];
  const { calls } = seen;
  return {
    title: 'Memory',
    method:
      `What is resident of the service on SQLite, after collecting garbage. Idle: started, and called by nobody. First calls: ` +
      `${CALLERS} conversations. A cached session: BuildContext of ${cached.toLocaleString('en')} sessions with ${MESSAGES} messages ` +
      `of ${TEXT.length} bytes, what the last four fifths of them add. An hour's work, after all this: ` +
      `${conversations.toLocaleString('en')} conversations, started, held for ${TURNS} turns of append, context and append, and ended, ` +
      `as fast as they go: ${calls.toLocaleString('en')} calls, those of an hour at ${(calls / 3600).toFixed(1)} a second.`,
    figures,
    plots: [],
  };
}
