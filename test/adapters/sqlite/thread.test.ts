import { expect, test } from 'vitest';
import { Thread } from '../../../src/adapters/sqlite/thread.ts';
import type { EchoHandlers } from './echo-thread.ts';

function startEcho(): Thread<EchoHandlers> {
  return new Thread<EchoHandlers>('echo', new URL('./echo-thread.ts', import.meta.url), { greeting: 'hello ' });
}

test('calls are answered in order, with what their handler returns', async () => {
  const thread = startEcho();
  expect(await Promise.all(['a', 'b'].map((text) => thread.call('greet', text)))).toEqual(['hello a', 'hello b']);
  await thread.close();
});

test('an error of a handler arrives with reason and message', async () => {
  const thread = startEcho();
  await expect(thread.call('refuse', 'no')).rejects.toMatchObject({
    name: 'SessionError',
    reason: 'STORE_CORRUPT',
    message: 'no',
  });
  await thread.close();
});

test('a thread that dies fails its calls as STORE_UNAVAILABLE, and those that come later', async () => {
  const thread = startEcho();
  await expect(thread.call('die', null)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE', retryAfterMs: 1000 });
  expect(thread.isDead).toBe(true);
  await expect(thread.call('greet', 'a')).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  await thread.close();
});
