import { expect, test } from 'vitest';
import { checkAgentId, checkSessionId } from '../../../src/model/checks/check-id.ts';
import { checkLabels } from '../../../src/model/checks/check-labels.ts';
import { checkMessage } from '../../../src/model/checks/check-message.ts';
import { checkNumber, pageSizeOf } from '../../../src/model/checks/check-number.ts';
import { checkMetadata, checkState } from '../../../src/model/checks/check-struct.ts';
import { termsRequestOf } from '../../../src/model/checks/check-terms.ts';
import { checkName, checkRequestId, checkText } from '../../../src/model/checks/check-text.ts';
import { DEFAULT_LIMITS } from '../../../src/model/limits.ts';
import type { Part } from '../../../src/model/message.ts';
import { messageOf } from '../../support/test-engine.ts';

const limits = DEFAULT_LIMITS;
const invalid = (field: string) => expect.objectContaining({ reason: 'INVALID_FIELD', field });
const exceeded = (limit: string, value: number, max: number) =>
  expect.objectContaining({
    reason: 'LIMIT_EXCEEDED',
    metadata: { limit, value: String(value), max: String(max) },
  });

test('ids: 256 and 128 printable characters pass, one more does not', () => {
  checkSessionId('session_id', '!'.repeat(256));
  checkAgentId('agent_id', '~'.repeat(128));
  checkAgentId('agent_id', '');
  expect(() => checkSessionId('session_id', 'x'.repeat(257))).toThrow(invalid('session_id'));
  expect(() => checkAgentId('agent_id', 'x'.repeat(129))).toThrow(invalid('agent_id'));
  expect(() => checkSessionId('session_id', '')).toThrow(invalid('session_id'));
});

test.each([' ', '/', '\u007f', '\n', 'é'])('ids: %j is in none', (character) => {
  expect(() => checkSessionId('session_id', `a${character}b`)).toThrow(invalid('session_id'));
});

test('names: 256 bytes of UTF-8 pass, one more, a control character or half a character does not', () => {
  checkName('user_id', 'é'.repeat(128));
  expect(() => checkName('user_id', `${'é'.repeat(128)}a`)).toThrow(invalid('user_id'));
  expect(() => checkName('user_id', 'a\u0085')).toThrow(invalid('user_id'));
  expect(() => checkName('user_id', '\ud83d')).toThrow(invalid('user_id'));
});

test('texts: characters are counted, not bytes or UTF-16 units', () => {
  checkText('title', '🙂'.repeat(256), 256);
  checkRequestId('🙂'.repeat(128));
  expect(() => checkText('title', '🙂'.repeat(257), 256)).toThrow(invalid('title'));
  expect(() => checkRequestId('x'.repeat(129))).toThrow(invalid('request_id'));
});

test('numbers: the whole of a uint32 passes, nothing else', () => {
  checkNumber('token_limit', 2 ** 32 - 1);
  for (const value of [-1, 2 ** 32, 1.5, Number.NaN]) {
    expect(() => checkNumber('token_limit', value)).toThrow(invalid('token_limit'));
  }
});

test('page sizes: 0 is the default, above the maximum is clamped, negative is refused', () => {
  expect([0, 1, 1000, 1001].map((size) => pageSizeOf(size, limits))).toEqual([50, 1, 1000, 1000]);
  expect(() => pageSizeOf(-1, limits)).toThrow(invalid('page_size'));
});

test('state and metadata: 32 KiB of JSON pass, one byte more does not', () => {
  const filled = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
  checkState('state', filled(32_768), limits);
  checkMetadata('metadata', filled(32_768), limits);
  expect(() => checkState('state', filled(32_769), limits)).toThrow(exceeded('state_bytes', 32_769, 32_768));
  expect(() => checkMetadata('metadata', filled(32_769), limits)).toThrow(exceeded('metadata_bytes', 32_769, 32_768));
});

test('state: reserved keys are refused, and numbers that JSON cannot say, however deep', () => {
  for (const key of ['app:a', 'user:', 'temp:x']) {
    expect(() => checkState('state', { [key]: 1 }, limits)).toThrow(invalid('state'));
  }
  checkState('state', { application: 1, deep: { 'app:a': 1 } }, limits);
  expect(() => checkState('state', { a: [{ b: Number.POSITIVE_INFINITY }] }, limits)).toThrow(invalid('state'));
});

test('labels: 32 of 64 and 128 characters pass, one more of each does not', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, place) => [`k${place}`, 'v']));
  checkLabels('labels', many(32), limits);
  checkLabels('labels', { ['🙂'.repeat(64)]: '🙂'.repeat(128) }, limits);
  expect(() => checkLabels('labels', many(33), limits)).toThrow(exceeded('labels', 33, 32));
  const longKey = { ['k'.repeat(65)]: 'v' };
  expect(() => checkLabels('labels', longKey, limits)).toThrow(exceeded('label_key_characters', 65, 64));
  const longValue = { k: 'v'.repeat(129) };
  expect(() => checkLabels('labels', longValue, limits)).toThrow(exceeded('label_value_characters', 129, 128));
  expect(() => checkLabels('labels', { '': 'v' }, limits)).toThrow(invalid('labels'));
});

test('terms: 0 is not given, but for the lead, where it means never', () => {
  const asked = termsRequestOf('', { ttlMs: 0, dormantAfterMs: 0, maxTtlMs: 0, expiringLeadMs: 0 });
  expect(asked).toEqual({
    ttlMs: undefined,
    dormantAfterMs: undefined,
    maxTtlMs: undefined,
    neverExpires: undefined,
    expiringLeadMs: 0,
  });
  expect(() => termsRequestOf('session.', { ttlMs: -1 })).toThrow(invalid('session.ttl'));
  expect(() => termsRequestOf('', { neverExpires: true, maxTtlMs: 1 })).toThrow(invalid('never_expires'));
});

test('messages: a tool result holds no further tool call', () => {
  const call = { kind: 'toolCall', id: 'c', name: 'n', arguments: '{}' } as const;
  const result = { kind: 'toolResult', callId: 'c', name: '', content: '', parts: [call], isError: false } as const;
  const message = messageOf('TOOL', '', { parts: [{ ...result, parts: [call] }] });
  expect(() => checkMessage('message', message, limits)).toThrow(invalid('message.parts[0].tool_result.parts[0]'));
});

test("messages: a tool's name has 256 bytes, one more does not pass", () => {
  const call = (name: string) => ({ kind: 'toolCall', id: 'c', name, arguments: '{}' }) as const;
  const result = (name: string): Part => ({
    kind: 'toolResult',
    callId: 'c',
    name,
    content: '',
    parts: [],
    isError: false,
  });
  const check = (part: Part) => checkMessage('message', messageOf('TOOL', '', { parts: [part] }), limits);
  for (const name of ['n', 'n'.repeat(256)]) check(call(name));
  for (const name of ['', 'n'.repeat(256)]) check(result(name));
  const long = 'n'.repeat(257);
  expect(() => check(call(long))).toThrow(invalid('message.parts[0].tool_call.name'));
  expect(() => check(result(long))).toThrow(invalid('message.parts[0].tool_result.name'));
});
