import fc from 'fast-check';
import {
  accessCall,
  activityCall,
  appendCall,
  clearCall,
  conditionsOf,
  deleteCall,
  endCall,
  requestedAs,
  resumeCall,
  rewindCall,
  specOf,
  startCall,
  summaryCall,
} from '../../../src/contract/calls.ts';
import type { Call, Cut, IfExists, TermsRequest } from '../../../src/model/call.ts';

/** The few names that commands play with, so that they meet. */
export const NAMES = {
  tenants: ['tenant-a', 'tenant-b'],
  sessions: ['s1', 's2', 'S1', 'é'],
  users: ['', 'u', 'v'],
  claims: ['k/one', 'k/two'],
  requestIds: ['r1', 'r2', 'r3'],
  callIds: ['c1', 'c2'],
  turnIds: ['', 't1', 't2'],
  words: ['red', 'green', 'blue', 'AND', 'ß'],
};

/** Command is one step on both stores: a call on a session, or something that happens to the whole store. */
export type Command =
  | { kind: 'call'; tenant: string; sessionId: string; name: string; call: () => Call }
  | { kind: 'advance'; ms: number }
  | { kind: 'report'; tenant: string; basisRev: number }
  | { kind: 'compact'; keptMs: number }
  | { kind: 'sweep' | 'reopen' | 'collectGarbage' };

const TERMS: TermsRequest[] = [
  { dormantAfterMs: 1000, ttlMs: 2000, expiringLeadMs: 0 },
  { dormantAfterMs: 1000, ttlMs: 5000, expiringLeadMs: 700, maxTtlMs: 8000 },
  { dormantAfterMs: 3_600_000, ttlMs: 7_200_000 },
  { dormantAfterMs: 2000, neverExpires: true },
  {},
];
const IF_EXISTS: IfExists[] = ['FAIL', 'RETURN', 'RESUME', 'RESTART'];
const DAY_MS = 24 * 3_600_000;

/** Most calls meet on one session. */
const BUSY = {
  tenants: ['tenant-a', 'tenant-a', 'tenant-a', 'tenant-b'],
  sessions: ['s1', 's1', 's1', 's2', 'S1', 'é'],
};

const oneOf = <Choice>(choices: readonly Choice[]) => fc.constantFrom(...choices);
const texts = fc.array(
  fc.array(oneOf(NAMES.words), { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
  { minLength: 1, maxLength: 4 },
);
const cuts: fc.Arbitrary<Cut> = fc.oneof(
  fc.record({ kind: fc.constant('throughSequence' as const), sequence: fc.nat(12) }),
  fc.record({ kind: fc.constant('lastMessages' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('lastTurns' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('turnId' as const), turnId: oneOf(['t1', 't2']) }),
);
/** What makes a call conditional or idempotent; most are neither. */
const conditions = fc.oneof(
  { arbitrary: fc.constant({}), weight: 6 },
  { arbitrary: oneOf(NAMES.requestIds).map((requestId) => requestedAs(requestId)), weight: 3 },
  { arbitrary: fc.integer({ min: 1, max: 9 }).map((expectedVersion) => ({ expectedVersion })), weight: 1 },
);

const starts = fc
  .tuple(oneOf(NAMES.users), oneOf(IF_EXISTS), oneOf(TERMS), conditions, fc.subarray(NAMES.claims, { maxLength: 1 }))
  .map(([userId, ifExists, terms, conditionOf, claims]) => {
    const labels = { user: userId };
    const spec = { userId, agentId: `agent ${userId}`, ifExists, terms, title: `Title ${userId}`, labels };
    return () => startCall(spec, conditionOf, claims);
  });
const appends = fc
  .tuple(texts, conditions, fc.option(cuts, { freq: 5 }), oneOf(NAMES.turnIds), oneOf(NAMES.callIds), fc.nat(9))
  .map(([said, conditionOf, cut, turnId, callId, step]) => {
    const toolCalls = step > 6 ? [{ callId, name: 'search' }] : [];
    const message = { turnId, toolCalls, messageId: step > 4 ? `m${step}` : '' };
    const spec = step % 2 === 0 ? specOf({ ifExists: 'RESTART', terms: TERMS[step % 5] ?? {} }) : undefined;
    const extra = { message, ...(spec && { spec }), ...(cut && { cut }), ...(step % 3 === 0 && { state: { step } }) };
    return () => appendCall(said, conditionOf, extra);
  });
const touches = oneOf(TERMS).map((terms) => (): Call => ({ ...conditionsOf(), kind: 'touch', terms }));
const summaries = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3)).map(
  ([first, span]) =>
    () =>
      summaryCall(first, first + span),
);

const calls = fc.oneof(
  named('start', starts, 6),
  named('append', appends, 8),
  named(
    'rewind',
    fc.tuple(cuts, conditions).map(
      ([cut, conditionOf]) =>
        () =>
          rewindCall(cut, conditionOf),
    ),
    2,
  ),
  named('clear', fc.constant(clearCall), 1),
  named(
    'access',
    conditions.map((conditionOf) => () => accessCall(conditionOf)),
    2,
  ),
  named(
    'resume',
    fc.boolean().map((reopen) => () => resumeCall(reopen)),
    2,
  ),
  named('touch', touches, 2),
  named(
    'end',
    conditions.map((conditionOf) => () => endCall('FAILED', conditionOf)),
    2,
  ),
  named(
    'delete',
    conditions.map((conditionOf) => () => deleteCall(conditionOf)),
    2,
  ),
  named('summary', summaries, 1),
  named(
    'activity',
    fc.tuple(oneOf(NAMES.callIds), fc.boolean()).map((said) => () => activityCall(...said)),
    1,
  ),
);

/** Sequences of commands, as fast-check makes and shrinks them. */
export const commandSequences: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { arbitrary: callCommands(), weight: 20 },
    { arbitrary: oneOf([1, 499, 1000, 2000, 60_000, 3_600_000, DAY_MS, 8 * DAY_MS]).map(advance), weight: 5 },
    { arbitrary: fc.constant<Command>({ kind: 'sweep' }), weight: 4 },
    { arbitrary: fc.tuple(oneOf(NAMES.tenants), fc.nat(3)).map(report), weight: 1 },
    { arbitrary: oneOf([0, DAY_MS]).map((keptMs): Command => ({ kind: 'compact', keptMs })), weight: 1 },
    { arbitrary: fc.constant<Command>({ kind: 'collectGarbage' }), weight: 1 },
    { arbitrary: fc.constant<Command>({ kind: 'reopen' }), weight: 1 },
  ),
  { minLength: 20, maxLength: 80, size: 'max' },
);

function callCommands(): fc.Arbitrary<Command> {
  return fc
    .tuple(oneOf(BUSY.tenants), oneOf(BUSY.sessions), calls)
    .map(([tenant, sessionId, named]): Command => ({ kind: 'call', tenant, sessionId, ...named }));
}

function named(name: string, arbitrary: fc.Arbitrary<() => Call>, weight: number) {
  return { arbitrary: arbitrary.map((call) => ({ name, call })), weight };
}

function advance(ms: number): Command {
  return { kind: 'advance', ms };
}

function report([tenant, basisRev]: [string, number]): Command {
  return { kind: 'report', tenant, basisRev };
}
