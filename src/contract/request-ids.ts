import assert from 'node:assert/strict';
import type { RecordedCall } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import { sampleRecordedCall } from './samples.ts';

/** Remembered request ids, as the store keeps them; what they do is in behaviour.ts. */
export const requestIdCases = casesOf('request ids', {
  'a remembered call comes back as it was recorded': async (stage) => {
    const call = sampleRecordedCall(1, {
      keepUntil: 2 ** 52,
      version: 7,
      firstSequence: 4,
      lastSequence: 9,
      removedCount: 3,
      created: true,
      resumed: true,
      previousGeneration: 2,
    });
    await stage.begin('s', {}, { changes: { recorded: [call] } });
    assert.deepEqual((await stage.load('s', { requestIds: ['digest-1'] })).recorded, new Map([['digest-1', call]]));
  },

  'only the request ids asked for come back': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: calls(1, 5) } });
    const { recorded } = await stage.load('s', { requestIds: ['digest-2', 'digest-4', 'digest-9'] });
    assert.deepEqual([...recorded.keys()].sort(), ['digest-2', 'digest-4']);
    assert.equal((await stage.load('s')).recorded.size, 0);
  },

  'request ids are of their session alone': async (stage) => {
    await stage.begin('one', {}, { changes: { recorded: calls(1, 1) } });
    await stage.begin('two');
    assert.equal((await stage.load('two', { requestIds: ['digest-1'] })).recorded.size, 0);
  },

  'the oldest are known with every load, oldest first, at most 16': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: calls(1, 10) } });
    await stage.go('s', {}, { changes: { recorded: calls(11, 40) } });
    const expected = calls(1, 16).map(({ number, keepUntil }) => ({ number, keepUntil }));
    assert.deepEqual((await stage.load('s')).oldestRecorded, expected);
  },

  'the oldest are those of the lowest numbers, in whatever order they came': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: [sampleRecordedCall(2 ** 40), ...calls(2, 3)] } });
    await stage.go('s', {}, { changes: { recorded: calls(4, 5), forgetThrough: 3 } });
    assert.deepEqual(
      (await stage.load('s')).oldestRecorded.map(({ number }) => number),
      [4, 5, 2 ** 40],
    );
  },

  'those numbered up to forgetThrough are forgotten, the rest stay': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: calls(1, 10) } });
    await stage.go('s', {}, { changes: { recorded: calls(11, 12), forgetThrough: 8 } });
    const basis = await stage.load('s', { requestIds: ['digest-8', 'digest-9', 'digest-12'] });
    assert.deepEqual([...basis.recorded.keys()].sort(), ['digest-12', 'digest-9']);
    assert.deepEqual(
      basis.oldestRecorded.map(({ number }) => number),
      [9, 10, 11, 12],
    );
  },

  '4,096 of them are kept and found': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: calls(1, 4096) } });
    const { recorded } = await stage.load('s', { requestIds: ['digest-1', 'digest-4096'] });
    assert.equal(recorded.size, 2);
  },
});

function calls(first: number, last: number): RecordedCall[] {
  return Array.from({ length: last - first + 1 }, (_, place) => sampleRecordedCall(first + place));
}
