import { expect, test } from 'vitest';
import { scratchHarness } from '../../../src/cli/check-store/scratch-harness.ts';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';
import { sampleHeader } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { mongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { run } from '../test-terminal.ts';

async function startSession(store: Store): Promise<void> {
  const header = sampleHeader({ tenant: 'acme', sessionId: 's' });
  expect(await store.sessions.commit(await store.sessions.load('acme', 's', {}), changesWith(header), [])).toBe(
    'committed',
  );
}

async function hasSession(store: Store): Promise<boolean> {
  return (await store.sessions.load('acme', 's', {})).header !== null;
}

test('scratchHarness: on MongoDB each case has an empty store, and nothing is left on the server', async (context) => {
  const server = await requireServer(context, mongoServer);
  const databases = new ScratchDatabases(server);
  const before = await scratchNames(databases);
  const { configuration } = loadConfiguration({
    flags: { store: server.urlOf(databases.next()), 'store-timeout': '20s' },
  });
  const harness = scratchHarness(configuration);
  const clock = new ManualClock();
  const store = await harness.open(clock);
  await startSession(store);
  const again = await harness.reopen!(store, clock);
  expect(await hasSession(again)).toBe(true);
  expect(await again.presence.now()).toBe(clock.wallAt());
  await again.close();
  await harness.clear();
  const next = await harness.open(clock);
  expect(await hasSession(next)).toBe(false);
  await next.close();
  await harness.remove();
  const left = (await scratchNames(databases)).filter((name) => !before.includes(name));
  await databases.close();
  expect(left).toEqual([]);
});

test('check-store: a MongoDB database without anything is none to read through; a used one is sound', async (context) => {
  const server = await requireServer(context, mongoServer);
  const databases = new ScratchDatabases(server);
  const store = server.urlOf(databases.next());
  const check = () => run(['check-store', '--data-only', '--store-timeout', '20s', store]);
  try {
    expect(await check()).toMatchObject({ code: 0, stdout: `${store}: there is no data to read through\n` });
    await run(['migrate', '--store', store]);
    expect(await check()).toMatchObject({ code: 0, stdout: `${store}: sound\n` });
  } finally {
    await databases.close();
  }
});

async function scratchNames({ client }: ScratchDatabases): Promise<string[]> {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => name.startsWith('threadkeep_check_'));
}
