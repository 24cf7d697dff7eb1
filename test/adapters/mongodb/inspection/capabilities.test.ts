import { describe, expect, test } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { probeCapabilities } from '../../../../src/adapters/mongodb/inspection/capabilities.ts';
import { Instances } from '../instances.ts';

describe('capabilities', () => {
  test('the server that the tests use has all that is needed', async (context) => {
    await using instances = await Instances.open(context);
    const capabilities = await probeCapabilities(instances.add());
    expect(capabilities.filter(({ isNeeded, isThere }) => isNeeded && !isThere)).toEqual([]);
    expect(capabilities.find(({ name }) => name === 'server')?.note).toMatch(
      /^MongoDB \d+\.\d+.*, wire versions \d+ to \d+$/,
    );
    for (const { note } of capabilities) expect(note).not.toBe('');
  });

  test('nothing of the probe stays in the database', async (context) => {
    await using instances = await Instances.open(context);
    await probeCapabilities(instances.add());
    expect(await instances.db.listCollections().toArray()).toEqual([]);
  });

  test('what a server refuses is not there, with what follows from it', async (context) => {
    await using instances = await Instances.open(context);
    const capabilities = await probeCapabilities(refusing(instances.add()));
    const noteOf = (wanted: string) => capabilities.find(({ name, isThere }) => name === wanted && !isThere)?.note;
    expect(noteOf('change streams')).toBe('watchers hear of events by polling, within about a second');
    expect(noteOf('majority reads')).toBe('what is read stays: refused (not here); use MongoDB 4.4 or later');
    expect(noteOf('clocks agree')).toBe("the server's is 5000 ms ahead; let both machines follow NTP");
  });
});

function refusing(context: MongoContext): MongoContext {
  const { database } = context;
  const command: typeof database.command = async (each, options) => {
    if ('find' in each) throw new Error('not here');
    return database.command(each, options);
  };
  const watch = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('not here')) }) });
  const sampleNow = async () => context.clock.wallAt() + 5000;
  return { ...context, sampleNow, database: { ...database, command, watch } };
}
