import type { Document } from 'mongodb';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { TcpProxy } from '../../support/servers/tcp-proxy.ts';
import type { Bed } from './bed.ts';
import type { Instance } from './instance.ts';

/** Fault is something that happens to a bed, as the end of "while". */
export interface Fault {
  name: string;
  /** Lets it happen; resolves with what makes it good again. */
  begin(bed: Bed, random: SeededRandom): Promise<() => Promise<void>>;
}

/** FAULTS are all of them, each of which a round of runs meets once. */
export const FAULTS: readonly Fault[] = [
  { name: 'an instance is killed and started again', begin: killInstance },
  { name: 'Redis is killed', begin: ({ redis }) => after(redis.kill(), () => redis.start()) },
  { name: 'Redis is paused', begin: async ({ redis }) => after(redis.pause(), async () => redis.resume()) },
  { name: 'Redis is flushed', begin: (bed) => after(bed.commandRedis('FLUSHALL'), async () => {}) },
  { name: 'Redis is restarted empty', begin: restartRedisEmpty },
  { name: 'Redis is restarted with old data', begin: restartRedisWithOldData },
  { name: 'MongoDB closes connections', begin: (bed) => failing(bed, { closeConnection: true }) },
  { name: 'MongoDB answers errors', begin: answerErrors },
  {
    name: 'MongoDB blocks for 5 s',
    begin: (bed) => failing(bed, { blockConnection: true, blockTimeMS: 5000 }),
  },
  { name: 'MongoDB is killed and started again', begin: ({ mongo }) => after(mongo.kill(), () => mongo.start()) },
  ...(['toMongo', 'toRedis'] as const).flatMap(faultsOfNetwork),
];

/** Returns a fault by its name. */
export function faultNamed(name: string): Fault {
  return FAULTS.find((fault) => fault.name === name)!;
}

async function after(done: unknown, end: () => Promise<void>): Promise<() => Promise<void>> {
  await done;
  return end;
}

async function killInstance({ instances }: Bed, random: SeededRandom) {
  const instance = random.pick(instances);
  await instance.kill();
  return () => instance.restart();
}

async function restartRedisEmpty({ redis }: Bed) {
  await redis.kill();
  redis.clear();
  await redis.start();
  return async () => {};
}

/** What it saved is from before the fault began: the writes until its end are newer. */
async function restartRedisWithOldData({ redis, commandRedis }: Bed) {
  await commandRedis('SAVE');
  return async () => {
    await redis.kill();
    await redis.start();
  };
}

async function failing(bed: Bed, how: Document) {
  await bed.failCommands(how);
  return () => bed.failCommands(null);
}

/** Codes of a server that stops, steps down, is interrupted, is too slow or cannot reach another. */
const ERROR_CODES = [91, 189, 10107, 11602, 262, 6];

/** Some refuse a command, some come with what was written all the same. */
function answerErrors(bed: Bed, random: SeededRandom) {
  const code = random.pick(ERROR_CODES);
  const isWritten = random.integer(2) === 0;
  return failing(bed, isWritten ? { writeConcernError: { code, errmsg: 'told to fail' } } : { errorCode: code });
}

const DELAYS_MS = [20, 100, 400];

function faultsOfNetwork(way: 'toMongo' | 'toRedis'): Fault[] {
  const server = way === 'toMongo' ? 'MongoDB' : 'Redis';
  const fault = (name: string, harm: (proxy: TcpProxy, random: SeededRandom) => void): Fault => ({
    name: `connections to ${server} are ${name}`,
    begin: async ({ instances }, random) => {
      const proxies = someOf(instances, random).map((instance) => instance[way]);
      for (const proxy of proxies) harm(proxy, random);
      return async () => {
        for (const proxy of proxies) proxy.join();
      };
    },
  });
  return [
    fault('cut', (proxy) => proxy.cut()),
    fault('delayed', (proxy, random) => proxy.delay(random.pick(DELAYS_MS))),
    fault('black-holed', (proxy, random) => proxy.blackHole(random.pick(['toServer', 'toClient', undefined]))),
  ];
}

/** One of them, two, or all. */
function someOf(instances: readonly Instance[], random: SeededRandom): readonly Instance[] {
  const first = random.integer(instances.length);
  const count = 1 + random.integer(instances.length);
  return instances.map((_, place) => instances[(first + place) % instances.length]!).slice(0, count);
}
