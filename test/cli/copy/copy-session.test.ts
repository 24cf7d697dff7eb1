import { beforeEach, expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { copySession } from '../../../src/cli/copy/copy-session.ts';
import { digestSession } from '../../../src/cli/copy/digest-session.ts';
import { memoryIdsOf, readWholeSession } from '../../../src/cli/copy/whole-session.ts';
import { sampleHeader, sampleMessages, sampleRecordedCall, sampleSummary } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Store } from '../../../src/ports/store.ts';
import { messageCodec } from '../../../src/rpc/message-codec.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const PLACE = { tenant: 'acme', sessionId: 's' };
const BODY = messageCodec.encode({
  messageId: '',
  turnId: '',
  role: 'USER',
  author: '',
  parts: [{ kind: 'text', text: 'hello' }],
  tokenCount: 0,
  model: '',
  metadata: {},
  sentAt: null,
  requestId: '',
});

let source: Store;
let target: Store;

beforeEach(() => {
  source = openMemoryStore({ clock: new ManualClock() });
  target = openMemoryStore({ clock: new ManualClock() });
});

/** Fills the source with a session of which the first messages were removed for good. */
async function fill({ removed = 0, messages = 450, recorded = 0 } = {}): Promise<void> {
  const header = sampleHeader({ ...PLACE, lastSequence: removed + messages, version: 7, rev: 9, claims: ['k/1'] });
  const calls = Array.from({ length: recorded }, (_, index) => sampleRecordedCall(index + 1));
  const changes = changesWith(
    { ...header, requestIds: { first: 1, next: recorded + 1 } },
    {
      messages: sampleMessages(removed + 1, removed + messages, { body: BODY, terms: ['hello'] }),
      details: { title: 'a title', labels: { a: 'b' }, metadata: { c: 1 }, errorMessage: '' },
      state: { d: [2] },
      summaries: [sampleSummary(1, 2, 'short')],
      recorded: calls,
      toolCalls: [{ callId: 'call-1', name: 'look', isFailed: true, durationMs: 3, startedAt: header.createdAt }],
      claims: ['k/1'],
      discardThrough: removed,
    },
  );
  const basis = await source.sessions.load(PLACE.tenant, PLACE.sessionId, {});
  expect(await source.sessions.commit(basis, changes, [])).toBe('committed');
}

async function copy(to: Store = target): Promise<boolean> {
  const whole = await readWholeSession(source, PLACE);
  return copySession({ source, target: to, codec: messageCodec }, PLACE, whole!);
}

async function expectSame(): Promise<void> {
  const original = (await readWholeSession(source, PLACE))!;
  const copied = (await readWholeSession(target, PLACE, memoryIdsOf(original)))!;
  expect({ ...copied, header: { ...copied.header, rev: 9 } }).toEqual(original);
  expect(await digestSession(target, copied)).toEqual(await digestSession(source, original));
}

/** Wraps the target so that its commits fail from one on. */
function failingAfter(count: number): Store {
  let left = count;
  const sessions: Store['sessions'] = Object.create(target.sessions, {
    commit: {
      value: (...given: Parameters<Store['sessions']['commit']>) => {
        left -= 1;
        if (left < 0) throw new SessionError('STORE_UNAVAILABLE', 'gone');
        return target.sessions.commit(...given);
      },
    },
    load: { value: (...given: Parameters<Store['sessions']['load']>) => target.sessions.load(...given) },
  });
  return { ...target, sessions } as Store;
}

test('copySession: carries over header, parts, memory, claims and messages', async () => {
  await fill({ recorded: 3 });
  expect(await copy()).toBe(true);
  await expectSame();
  expect(await target.sessions.findClaim('acme', 'k/1')).toMatchObject({ sessionId: 's' });
});

test('copySession: what is searched in the source is found in the target', async () => {
  await fill({ messages: 2 });
  await copy();
  const found = await target.search.find('acme', { terms: ['hello'], scope: {}, limit: 5 });
  expect(found.map(({ message }) => message.sequence).sort()).toEqual([1, 2]);
});

test('copySession: what the source removed for good is missing in the target too', async () => {
  await fill({ removed: 300, messages: 250, recorded: 150 });
  await copy();
  await expectSame();
});

test('copySession: a session all of whose messages were removed keeps its last sequence', async () => {
  await fill({ removed: 5, messages: 0 });
  await copy();
  await expectSame();
});

test('copySession: a tombstone is carried over, so that its version and sequence go on', async () => {
  const header = sampleHeader({ ...PLACE, isTombstone: true, version: 7, lastSequence: 40 });
  await source.sessions.commit(await source.sessions.load('acme', 's', {}), changesWith(header), []);
  expect(await copy()).toBe(true);
  expect((await target.sessions.load('acme', 's', {})).header).toEqual(header);
});

test('copySession: interrupted after any of its commits, it goes on where it was', async () => {
  await fill({ removed: 10, messages: 900, recorded: 250 });
  for (let commits = 0; ; commits += 1) {
    target = openMemoryStore({ clock: new ManualClock() });
    const isWhole = await copy(failingAfter(commits)).catch(() => false);
    const header = (await target.sessions.load('acme', 's', {})).header;
    if (!isWhole && header !== null) expect(header).toMatchObject({ version: 0, dueAt: null, claims: [] });
    expect(await copy()).toBe(!isWhole);
    await expectSame();
    if (isWhole) break;
    expect(commits).toBeLessThan(20);
  }
});

test('copySession: what the target has already is left as it is', async () => {
  await fill({ messages: 2 });
  const other = sampleHeader({ ...PLACE, uid: 'another life', version: 3 });
  await target.sessions.commit(await target.sessions.load('acme', 's', {}), changesWith(other), []);
  expect(await copy()).toBe(false);
  expect((await target.sessions.load('acme', 's', {})).header).toEqual(other);
});

test('copySession: a key that another session of the target holds is refused with its name', async () => {
  await fill({ messages: 2 });
  const holder = sampleHeader({ tenant: 'acme', sessionId: 'holder', claims: ['k/1'] });
  const basis = await target.sessions.load('acme', 'holder', {});
  await target.sessions.commit(basis, changesWith(holder, { claims: ['k/1'] }), []);
  await expect(copy()).rejects.toThrow('s cannot be written: another session holds its id or a key of it');
});
