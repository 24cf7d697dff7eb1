import { connect } from 'node:http2';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openTestService, type TestService } from '../conformance/open-test-service.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { judgeAnswer } from './fuzz/judge-answer.ts';
import { type FuzzInput, makeInput } from './fuzz/make-input.ts';
import { closeAgent, sendInput } from './fuzz/send-input.ts';

const BATCH = 20;
const LAG_MAX_MS = 200;
/** A lag counts when the batch shows it each time: others use this machine, too. */
const LAG_ATTEMPTS = 4;

/** Mutated protobuf, JSON and headers bring about typed errors only, no crash, and no long stop of the event loop. */
export const proof: Proof = {
  claim: 'fuzz: whatever is sent is answered, or refused with a reason of the table, and holds nobody up',
  counts: { short: 10_000, full: 100_000 },
  async run({ count, seed, log }) {
    const service = await openTestService();
    const random = new SeededRandom(seed);
    const reasons = new Map<string, number>();
    let lagMs = 0;
    try {
      await startSessions(service);
      for (let sent = 0; sent < count; sent += BATCH) {
        const inputs = Array.from({ length: Math.min(BATCH, count - sent) }, () => makeInput(random));
        lagMs = Math.max(lagMs, await sendWithoutLag(service, inputs, reasons));
        if (sent % 10_000 === 0) log(`${sent} inputs`);
      }
    } catch (error) {
      const [logged] = service.logger.lines.filter(({ level }) => level === 'error');
      throw new Error((error as Error).message, { cause: logged?.facts.error ?? error });
    } finally {
      closeAgent();
      await service.close();
    }
    const counted = [...reasons].sort(([, one], [, other]) => other - one);
    return {
      'longest lag in ms': Math.round(lagMs),
      ...Object.fromEntries(counted.map(([reason, times]) => [reason || 'answered', times])),
    };
  },
};

/** The sessions that inputs mostly name. */
async function startSessions({ url }: TestService): Promise<void> {
  for (const sessionId of ['s-1', 's-2', 's-3']) {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId }),
    };
    await fetch(`${url}/threadkeep.v1.SessionService/Start`, init);
  }
}

/** Sends a batch, again while it lags, and returns the lag in ms; throws where it always lags. */
async function sendWithoutLag(
  service: TestService,
  inputs: FuzzInput[],
  reasons: Map<string, number>,
): Promise<number> {
  let lagMs = 0;
  for (let attempt = 1; attempt <= LAG_ATTEMPTS; attempt += 1) {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await sendBatch(service, inputs, attempt === 1 ? reasons : new Map());
    delay.disable();
    lagMs = delay.max / 1e6;
    if (lagMs < LAG_MAX_MS) return lagMs;
  }
  throw new Error(`a batch of ${inputs.length} inputs held the event loop up for ${Math.round(lagMs)} ms`);
}

async function sendBatch(
  service: TestService,
  inputs: readonly FuzzInput[],
  reasons: Map<string, number>,
): Promise<void> {
  const session = connect(service.url);
  try {
    const judged = inputs.map(async (input) => {
      try {
        return judgeAnswer(await sendInput(input, { url: service.url, session }));
      } catch (cause) {
        throw new Error(`${(cause as Error).message}, to ${describe(input)}`, { cause });
      }
    });
    for (const reason of await Promise.all(judged)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  } finally {
    session.close();
  }
}

function describe({ http, path, headers, body }: FuzzInput): string {
  return `HTTP/${http} ${path} ${JSON.stringify(headers)} ${Buffer.from(body).toString('base64').slice(0, 2000)}`;
}
