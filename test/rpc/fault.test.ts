import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { SessionError } from '../../src/model/session-error.ts';
import { ERROR_TABLE } from '../../src/rpc/error-table.ts';
import { faultOf } from '../../src/rpc/fault.ts';

test('a SessionError keeps all that it says', () => {
  const cause = new Error('disk');
  const options = { field: 'a.b', metadata: { x: '1' }, retryAfterMs: 5, resource: { type: 't', name: 'n' }, cause };
  expect(faultOf(new SessionError('STORE_UNAVAILABLE', 'no', options))).toEqual({
    reason: 'STORE_UNAVAILABLE',
    message: 'no',
    ...options,
  });
});

test('an abort means what the signal aborted for', () => {
  const abort = new DOMException('aborted', 'AbortError');
  const aborted = (reason?: unknown) => AbortSignal.abort(reason);
  expect(faultOf(abort).reason).toBe('CANCELLED');
  expect(faultOf(abort, aborted()).reason).toBe('CANCELLED');
  expect(faultOf(abort, aborted(new ConnectError('late', Code.DeadlineExceeded))).reason).toBe('DEADLINE_EXCEEDED');
  expect(faultOf(abort, aborted(new SessionError('DRAINING', 'bye'))).reason).toBe('DRAINING');
});

test.each([
  new Error('password=hunter2'),
  'password=hunter2',
  null,
  undefined,
  7,
  new ConnectError('password', Code.Unknown),
])('what nobody foresaw is INTERNAL and keeps it to itself: %s', (error) => {
  const { reason, message, cause } = faultOf(error);
  expect(reason).toBe('INTERNAL');
  expect(message).not.toContain('password');
  expect(cause).toBe(error);
});

test('every reason has a code that is an error, a meaning and a remedy of one phrase', () => {
  for (const { code, meaning, remedy } of Object.values(ERROR_TABLE)) {
    expect(Code[code]).toBeDefined();
    for (const phrase of [meaning, remedy]) expect(phrase).toMatch(/^[A-Z].*[^.]$/);
  }
});
