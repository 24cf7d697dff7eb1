import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Instance } from '../instances/instance.ts';
import type { Instances } from '../instances/instances.ts';

/** Fault is something that happens to running instances; `inflict` answers what ends it. */
export interface Fault {
  name: string;
  inflict(instances: Instances, random: SeededRandom): Promise<() => Promise<void>>;
}

const WRITES = ['findAndModify', 'insert', 'update'];
const COMMANDS = [...WRITES, 'find', 'getMore', 'aggregate', 'hello'];
const NOT_WRITABLE_PRIMARY = 10107;

/** Every fault: what happens to an instance, to Redis, to MongoDB, and on the way there. */
export const faults: readonly Fault[] = [
  toInstance(
    'an instance is killed',
    (instance) => instance.process.kill(),
    (instance) => instance.start(),
  ),
  toInstance(
    'an instance is stopped',
    async (instance) => void (await instance.process.stop()),
    (instance) => instance.start(),
  ),
  toInstance(
    'an instance stands still',
    async ({ process: { pid } }) => void process.kill(pid, 'SIGSTOP'),
    async ({ process: { pid } }) => void process.kill(pid, 'SIGCONT'),
  ),
  {
    name: 'Redis is killed',
    inflict: async ({ redis }) => {
      await redis.kill();
      return () => redis.start();
    },
  },
  {
    name: 'Redis stands still',
    inflict: async ({ redis }) => {
      redis.pause();
      return async () => redis.resume();
    },
  },
  failing('MongoDB closes connections', 40, { failCommands: COMMANDS, closeConnection: true }),
  failing('MongoDB breaks off writes', 40, { failCommands: WRITES, closeConnection: true }),
  failing('MongoDB answers errors', 60, { failCommands: COMMANDS, errorCode: NOT_WRITABLE_PRIMARY }),
  failing('MongoDB blocks for 5 s', 6, { failCommands: WRITES, blockConnection: true, blockTimeMS: 5000 }),
  {
    name: 'MongoDB is killed',
    inflict: async ({ mongo }) => {
      await mongo.kill();
      return () => mongo.start();
    },
  },
  onTheWay('connections to MongoDB are cut', ({ toMongo }) => toMongo.cut()),
  onTheWay('connections to MongoDB are slow', ({ toMongo }) => toMongo.delay(150)),
  onTheWay('connections to MongoDB are a black hole', ({ toMongo }) => toMongo.blackHole()),
  onTheWay('answers of MongoDB are a black hole', ({ toMongo }) => toMongo.blackHole('toClient')),
];

function toInstance(
  name: string,
  inflict: (instance: Instance) => Promise<void>,
  end: (instance: Instance) => Promise<void>,
): Fault {
  return {
    name,
    async inflict({ all }, random) {
      const instance = random.pick(all);
      await inflict(instance);
      return () => end(instance);
    },
  };
}

function failing(name: string, times: number, data: Record<string, unknown>): Fault {
  return {
    name,
    async inflict(instances) {
      await instances.failCommands({ times }, data);
      return () => instances.failCommands('off');
    },
  };
}

/** Happens to one instance, or to all. */
function onTheWay(name: string, inflict: (instance: Instance) => void): Fault {
  return {
    name,
    async inflict({ all }, random) {
      const hit = random.integer(2) === 0 ? all : [random.pick(all)];
      for (const instance of hit) inflict(instance);
      return async () => {
        for (const { toMongo } of hit) toMongo.join();
      };
    },
  };
}
