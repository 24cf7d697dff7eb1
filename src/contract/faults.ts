import assert from 'node:assert/strict';
import type { SessionHeader } from '../model/session.ts';
import { casesOf } from './contract-case.ts';
import { sampleMessages } from './samples.ts';
import type { Stage } from './stage.ts';

/** A store that is cut off from its data. */
export const outageCases = casesOf(
  'outage',
  {
    'a store that is cut off is STORE_UNAVAILABLE, never empty': async (stage) => {
      await stage.begin('s');
      const join = await stage.cut();
      await assert.rejects(() => stage.load('s'), { reason: 'STORE_UNAVAILABLE' });
      await assert.rejects(() => stage.store.check(), { reason: 'STORE_UNAVAILABLE' });
      await join();
      assert.equal((await stage.header('s')).sessionId, 's');
    },

    'a store that is joined again serves in full by itself': async (stage) => {
      await stage.begin('s');
      await (await stage.cut())();
      await stage.go('s', { version: 2 });
      assert.equal((await stage.header('s')).version, 2);
    },
  },
  ['cut'],
);

/** A store whose data was changed behind its back. */
export const corruptionCases = casesOf(
  'corruption',
  {
    'a body that is not what was committed is refused, and verification names it': async (stage) => {
      const { uid } = await beginWithThree(stage);
      await stage.corrupt(uid, 2);
      await assert.rejects(() => stage.read(uid), { reason: 'STORE_CORRUPT' });
      const findings: string[] = [];
      for await (const { what, remedy } of stage.store.verify()) findings.push(what, remedy);
      assert.ok(findings.length >= 2 && findings.every((text) => text.length > 0));
    },

    'what is broken does not take down what is whole': async (stage) => {
      const { uid } = await beginWithThree(stage);
      const whole = await stage.begin('whole', {}, { changes: { state: { a: 1 } } });
      await stage.corrupt(uid, 2);
      assert.deepEqual(await stage.header('whole'), whole);
      assert.deepEqual(await stage.sequences(uid, { afterSequence: 2 }), [3]);
    },
  },
  ['corrupt'],
);

function beginWithThree(stage: Stage): Promise<SessionHeader> {
  return stage.begin('s', {}, { changes: { messages: sampleMessages(1, 3) } });
}
