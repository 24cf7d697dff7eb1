import { describe, expect, test } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { MongoEventLog } from '../../../../src/adapters/mongodb/log/events.ts';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { Wakeups } from '../../../../src/adapters/mongodb/log/wakeups.ts';
import { migrate } from '../../../../src/adapters/mongodb/schema/schema.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Instances } from '../instances.ts';
import { outboxEntry, TENANT } from '../outboxes.ts';

const INSERTED = { documentKey: { _id: 'acme/000000000001' } };

describe('wakeups', () => {
  test('an instance hears of its own rows and of those of others', async (context) => {
    await using instances = await Instances.open(context);
    const [one, other] = [instances.add(), instances.add()];
    await migrate(one);
    const [own, others] = [new Outbox(one), new Outbox(other)];
    const log = new MongoEventLog(one, own);
    const heard: string[] = [];
    log.onAppend((tenant) => heard.push(tenant));
    await own.drainSession(`${TENANT}/s`, 'uid', [outboxEntry('s', 1, one.now())]);
    expect(heard).toContain(TENANT);
    await expect
      .poll(
        async () => {
          await others.drainSession('other/s', 'uid', [outboxEntry('s', performance.now(), one.now())]);
          return heard;
        },
        { timeout: 10_000 },
      )
      .toContain('other');
    await log.close();
  });

  test('a stream that ends is opened again', async () => {
    const { context, opened } = streams([[], new Error('the server went away'), [INSERTED]]);
    const wakeups = new Wakeups(context);
    const heard: string[] = [];
    wakeups.listen((tenant) => heard.push(tenant));
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['acme']);
    expect(opened()).toBe(3);
    await wakeups.close();
  });

  test('a server without change streams is asked once', async () => {
    const refusal = Object.assign(new Error('only supported on replica sets'), { code: 40573 });
    const { context, opened } = streams([refusal]);
    const wakeups = new Wakeups(context);
    wakeups.listen(() => {});
    await wakeups.close();
    expect(opened()).toBe(1);
  });

  test('no stream is opened before anybody listens, and one for all who do', async () => {
    const { context, opened } = streams([]);
    const wakeups = new Wakeups(context);
    expect(opened()).toBe(0);
    for (let listener = 0; listener < 3; listener++) wakeups.listen(() => {});
    expect(opened()).toBe(1);
    await wakeups.close();
  });

  test('the stream ends with the last listener, and the next one opens another', async () => {
    const { context, opened, isOpen } = streams([]);
    const wakeups = new Wakeups(context);
    const [stopOne, stopOther] = [wakeups.listen(() => {}), wakeups.listen(() => {})];
    await expect.poll(isOpen).toBe(true);
    stopOne();
    expect(isOpen()).toBe(true);
    stopOther();
    await expect.poll(isOpen).toBe(false);
    wakeups.listen(() => {});
    expect(opened()).toBe(2);
    await wakeups.close();
  });

  test('closing ends a stream that is open', async () => {
    const { context, isOpen } = streams([]);
    const wakeups = new Wakeups(context);
    wakeups.listen(() => {});
    await expect.poll(isOpen).toBe(true);
    await wakeups.close();
    expect(isOpen()).toBe(false);
  });
});

/** Streams that yield and then end, or fail, one after the other; the last one stays open. */
function streams(outcomes: (object[] | Error)[]): { context: MongoContext; opened(): number; isOpen(): boolean } {
  let opened = 0;
  let isOpen = false;
  async function* open(outcome: object[] | Error | undefined, signal: AbortSignal) {
    if (outcome instanceof Error) throw outcome;
    yield* outcome ?? [];
    if (opened < outcomes.length || signal.aborted) return;
    isOpen = true;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    isOpen = false;
  }
  const watch = (_collection: string, _pipeline: unknown, signal: AbortSignal) => open(outcomes[opened++], signal);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const context = { database: { watch }, clock: new ManualClock(), logger } as unknown as MongoContext;
  return { context, opened: () => opened, isOpen: () => isOpen };
}
