import { expect, test } from 'vitest';
import { toolCallKey } from '../../src/model/tool-call-key.ts';

test('an id of up to 256 bytes stands for itself, a longer one gets a short key of its own', () => {
  for (const callId of ['', 'call_1', 'é'.repeat(128)]) expect(toolCallKey(callId)).toBe(callId);
  const long = 'x'.repeat(1_000_000);
  expect(toolCallKey(long)).toBe(toolCallKey(long));
  expect(toolCallKey(long)).not.toBe(toolCallKey(`${long}y`));
  expect(toolCallKey(`${'é'.repeat(128)}a`).length).toBeLessThan(64);
});
