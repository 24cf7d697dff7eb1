import assert from 'node:assert/strict';
import { emptyActivity } from '../model/activity.ts';
import type { MessageSample, SessionSample, StatisticsScope } from '../ports/statistics-store.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleMessage } from './samples.ts';
import type { Stage } from './stage.ts';

/** The raw figures of statistics. */
export const statisticsCases = casesOf('statistics', {
  'a fold sees each live session’s header, activity and error': async (stage) => {
    const activity = { ...emptyActivity(), errorCount: 2, responseTimes: { 5: 1, 9: 3 }, totalResponseMs: 77 };
    const details = { title: '', labels: {}, metadata: {}, errorMessage: 'no seat left' };
    const header = await stage.begin('s', { status: 'ENDED', outcome: 'FAILED' }, { changes: { activity, details } });
    await stage.begin('buried');
    await stage.bury('buried');
    assert.deepEqual(await fold(stage), [{ header, activity, errorMessage: 'no seat left' }]);
  },

  'a session that reported nothing has an empty activity': async (stage) => {
    await stage.begin('s');
    assert.deepEqual((await fold(stage))[0]?.activity, emptyActivity());
  },

  'a fold keeps to its scope': async (stage) => {
    await stage.begin('one', { userId: 'u', agentId: 'a' });
    await stage.begin('two', { userId: 'u', agentId: 'b' });
    await stage.begin('three', { userId: 'v', agentId: 'a' });
    const within = async (scope: StatisticsScope) => idsOf(await fold(stage, scope));
    assert.deepEqual(await within({ sessionId: 'two' }), ['two']);
    assert.deepEqual(await within({ userId: 'u' }), ['one', 'two']);
    assert.deepEqual(await within({ agentId: 'a' }), ['one', 'three']);
    assert.deepEqual(await within({ agentId: 'unknown' }), []);
  },

  'a fold keeps to the sessions created in its window, the start included and the end not': async (stage) => {
    for (let place = 0; place < 5; place++) await stage.begin(`s-${place}`, { createdAt: SAMPLE_AT + place });
    const within = async (fromAt?: number, toAt?: number) =>
      idsOf(await fold(stage, {}, { ...(fromAt && { fromAt }), ...(toAt && { toAt }) }));
    assert.deepEqual(await within(SAMPLE_AT + 1, SAMPLE_AT + 3), ['s-1', 's-2']);
    assert.deepEqual(await within(SAMPLE_AT + 3), ['s-3', 's-4']);
    assert.deepEqual(await within(undefined, SAMPLE_AT + 2), ['s-0', 's-1']);
  },

  'a fold goes through more sessions than one page holds, each once': async (stage) => {
    for (let place = 0; place < 230; place++) await stage.begin(`s-${place}`);
    const seen = idsOf(await fold(stage));
    assert.deepEqual([seen.length, new Set(seen).size], [230, 230]);
  },

  'visible messages are counted by role and bucket': async (stage) => {
    await beginWithMessages(stage, 's');
    assert.deepEqual(await sample(stage), [
      { bucketAt: SAMPLE_AT, role: 'ASSISTANT', messageCount: 1, tokenCount: 2 },
      { bucketAt: SAMPLE_AT, role: 'USER', messageCount: 2, tokenCount: 2 },
      { bucketAt: SAMPLE_AT + 10, role: 'USER', messageCount: 1, tokenCount: 4 },
    ]);
    await stage.go('s', { hidden: [[1, 2]] });
    assert.deepEqual(await sample(stage), [
      { bucketAt: SAMPLE_AT, role: 'USER', messageCount: 1, tokenCount: 1 },
      { bucketAt: SAMPLE_AT + 10, role: 'USER', messageCount: 1, tokenCount: 4 },
    ]);
  },

  'buckets are aligned to the start of the window, which includes its start and not its end': async (stage) => {
    await beginWithMessages(stage, 's');
    const window = { fromAt: SAMPLE_AT + 5, toAt: SAMPLE_AT + 10, bucketMs: 3 };
    assert.deepEqual(await sample(stage, {}, window), [
      { bucketAt: SAMPLE_AT + 5, role: 'ASSISTANT', messageCount: 1, tokenCount: 2 },
      { bucketAt: SAMPLE_AT + 8, role: 'USER', messageCount: 1, tokenCount: 1 },
    ]);
  },

  'message counts keep to their scope and leave tombstones out': async (stage) => {
    await beginWithMessages(stage, 'one', { userId: 'u', agentId: 'a' });
    await beginWithMessages(stage, 'two', { userId: 'v', agentId: 'a' });
    await beginWithMessages(stage, 'buried', { userId: 'u', agentId: 'a' });
    await stage.bury('buried');
    const count = async (scope: StatisticsScope) =>
      (await sample(stage, scope)).reduce((sum, { messageCount }) => sum + messageCount, 0);
    assert.deepEqual([await count({ userId: 'u' }), await count({ agentId: 'a' })], [4, 8]);
    assert.deepEqual([await count({ sessionId: 'two' }), await count({})], [4, 8]);
  },

  'the census counts the sessions of all tenants by committed status': async (stage) => {
    await stage.begin('a', { lastAccessAt: SAMPLE_AT + 1 });
    await stage.begin('b', { lastAccessAt: SAMPLE_AT + 5, tenant: 'tenant-b' });
    await stage.begin('c', { lastAccessAt: SAMPLE_AT + 9, status: 'ENDED' });
    await stage.begin('buried');
    await stage.bury('buried');
    const census = (await stage.store.statistics.census()).toSorted(
      (one, other) => one.sessionCount - other.sessionCount,
    );
    assert.deepEqual(census, [
      censusOf('ENDED', 1, [SAMPLE_AT + 9, SAMPLE_AT + 9, SAMPLE_AT + 9]),
      censusOf('ACTIVE', 2, [SAMPLE_AT + 3, SAMPLE_AT + 1, SAMPLE_AT + 5]),
    ]);
  },

  'a store without sessions has an empty census': async (stage) => {
    assert.deepEqual(await stage.store.statistics.census(), []);
  },
});

/** Begins a session with four messages: at 0 (1 token), 5 (2, ASSISTANT), 8 (1) and 12 ms (4). */
async function beginWithMessages(
  stage: Stage,
  sessionId: string,
  overrides: Parameters<Stage['begin']>[1] = {},
): Promise<void> {
  const messages = [
    sampleMessage(1, { createdAt: SAMPLE_AT, tokenCount: 1 }),
    sampleMessage(2, { createdAt: SAMPLE_AT + 5, tokenCount: 2, role: 'ASSISTANT' }),
    sampleMessage(3, { createdAt: SAMPLE_AT + 8, tokenCount: 1 }),
    sampleMessage(4, { createdAt: SAMPLE_AT + 12, tokenCount: 4 }),
  ];
  await stage.begin(sessionId, overrides, { changes: { messages } });
}

async function fold(
  stage: Stage,
  scope: StatisticsScope = {},
  window: { fromAt?: number; toAt?: number } = {},
): Promise<SessionSample[]> {
  const samples: SessionSample[] = [];
  await stage.store.statistics.foldSessions(stage.tenant, scope, window, (each) => samples.push(each));
  return samples;
}

async function sample(
  stage: Stage,
  scope: StatisticsScope = {},
  window = { fromAt: SAMPLE_AT, toAt: SAMPLE_AT + 100, bucketMs: 10 },
): Promise<MessageSample[]> {
  const samples = await stage.store.statistics.sampleMessages(stage.tenant, scope, window);
  return samples.toSorted((one, other) => one.bucketAt - other.bucketAt || one.role.localeCompare(other.role));
}

function idsOf(samples: SessionSample[]): string[] {
  return samples.map(({ header }) => header.sessionId).sort();
}

function censusOf(status: 'ACTIVE' | 'ENDED', sessionCount: number, [mean, oldest, newest]: [number, number, number]) {
  return { status, sessionCount, meanAccessAt: mean, oldestAccessAt: oldest, newestAccessAt: newest };
}
