import type { SeededRandom } from '../../support/seeded-random.ts';
import { repeat } from './attempt.ts';
import { sendRead, sendWrite } from './calls.ts';
import type { History, Write } from './history.ts';
import type { Instance } from './instance.ts';

/** Runs one caller until it is told to stop: writes and reads, one after another, each at any instance. */
export async function runCaller(
  instances: readonly Instance[],
  history: History,
  random: SeededRandom,
  isEnough: () => boolean,
): Promise<void> {
  while (!isEnough()) {
    const session = random.pick(random.integer(3) === 0 ? history.shared : history.others);
    if (random.integer(4) === 0) {
      await repeat(instances, random, (instance) => sendRead(history, session, instance, random));
      continue;
    }
    const write = history.addWrite(session, {
      size: random.integer(4) === 0 ? 2 + random.integer(6) : 1,
      expectedVersion: random.integer(3) === 0 ? session.knownVersion : 0,
    });
    await repeat(instances, random, (instance) => sendWrite(history, write, instance));
    if (write.outcome === 'unanswered') history.unansweredCount += 1;
  }
}

/** Sends every unanswered write again under its request id until it is answered. */
export async function answerAll(instances: readonly Instance[], history: History, random: SeededRandom): Promise<void> {
  const open = history.unanswered();
  const giveUpAtMs = performance.now() + 60_000;
  const worker = async () => {
    for (let write = open.shift(); write !== undefined; write = open.shift()) await answer(write);
  };
  await Promise.all(Array.from({ length: 16 }, worker));

  async function answer(write: Write): Promise<void> {
    while (!(await sendWrite(history, write, random.pick(instances)))) {
      if (performance.now() > giveUpAtMs) throw new Error(`${write.requestId} is never answered`);
    }
  }
}
