import { setTimeout as wait } from 'node:timers/promises';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { Instances } from './instances/instances.ts';
import { TokenWatcher } from './instances/token-watcher.ts';
import { auditLog, auditWatcher, settledLog } from './watch-faults/audit-log.ts';
import { type Fault, faults } from './watch-faults/faults.ts';
import { ShortLives } from './watch-faults/short-lives.ts';

const CALLERS = 12;
/** Faults that the same processes and their log go through. */
const FAULTS_A_LOG = 10;
/** A session is gone a second after its end, so that the log tells whole lives. */
const SETTINGS = ['--retention', '1s', '--sessions-per-user', '0', '--log-level', 'error'];

/** Runs three instances, callers and watchers on all of them, and one fault after the other. */
export const proof: Proof = {
  claim:
    'watchers on any of three instances get every event once, in order and never early, through faults of everything',
  counts: { short: 5, full: 200 },
  async run({ count, seed, log }) {
    const random = new SeededRandom(seed);
    const total: Outcome = { sessions: 0, calls: 0, retried: 0, events: 0, resumes: 0 };
    for (let done = 0; done < count; done += FAULTS_A_LOG) {
      const drawn = drawFaults(Math.min(FAULTS_A_LOG, count - done), random);
      const outcome = await runThrough(drawn, random, log);
      for (const name of Object.keys(total) as (keyof Outcome)[]) total[name] += outcome[name];
      log(`${done + drawn.length} faults, ${total.events} events, ${total.resumes} resumes`);
    }
    const { sessions, calls, retried, events, resumes } = total;
    return { faults: count, sessions, calls, 'calls sent again': retried, events, 'watches resumed': resumes };
  },
};

type Outcome = Record<'sessions' | 'calls' | 'retried' | 'events' | 'resumes', number>;

/** All kinds come before one comes again, as far as they fit. */
function drawFaults(count: number, random: SeededRandom): Fault[] {
  const left = [...faults];
  return Array.from({ length: count }, () => left.splice(random.integer(left.length), 1)[0] as Fault);
}

async function runThrough(
  drawn: readonly Fault[],
  random: SeededRandom,
  log: (line: string) => void,
): Promise<Outcome> {
  const instances = await Instances.open({ count: 3, serveArguments: SETTINGS });
  const choose = () => random.pick(instances.all).sessions;
  const watchers = openWatchers(instances, random);
  const all = Array.from(
    { length: CALLERS },
    (_, place) => new ShortLives({ choose, random, name: `caller-${place}` }),
  );
  let isOver = false;
  const calling = Promise.all(all.map((one) => one.run(() => isOver)));
  calling.catch(() => {});
  try {
    for (const fault of drawn) {
      log(fault.name);
      await passThrough(fault, instances, random);
    }
    isOver = true;
    await instances.ready();
    await calling;
    const rows = await settledLog(instances.database, all);
    auditLog(rows, all);
    for (const watcher of watchers) await auditWatcher(rows, watcher);
    const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
    return {
      sessions: sum(all.map(({ lives }) => lives.size)),
      calls: sum(all.map(({ calls }) => calls)),
      retried: sum(all.map(({ retried }) => retried)),
      events: rows.length,
      resumes: sum(watchers.map(({ resumes }) => resumes)),
    };
  } finally {
    isOver = true;
    await Promise.allSettled([calling, ...watchers.map((watcher) => watcher.end())]);
    await instances.close();
  }
}

async function passThrough(fault: Fault, instances: Instances, random: SeededRandom): Promise<void> {
  await wait(300 + random.integer(700));
  const end = await fault.inflict(instances, random);
  await wait(1000 + random.integer(2000));
  await end();
  await wait(500 + random.integer(1000));
}

/** One that stays on each instance, one that leaves often, and two that want some events only. */
function openWatchers({ all }: Instances, random: SeededRandom): TokenWatcher[] {
  const anywhere = () => random.pick(all).sessions;
  const steady = all.map(({ sessions }) => new TokenWatcher({ choose: () => sessions, filter: {} }));
  return [
    ...steady,
    new TokenWatcher({ choose: anywhere, filter: {} }),
    new TokenWatcher({ choose: anywhere, filter: {}, patience: () => 1 + random.integer(8) }),
    new TokenWatcher({ choose: anywhere, filter: { userId: 'ada' }, patience: () => 1 + random.integer(20) }),
    new TokenWatcher({ choose: anywhere, filter: { kinds: ['EXPIRED', 'DELETED'] } }),
  ];
}
