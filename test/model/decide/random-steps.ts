import fc from 'fast-check';
import type { Call, JsonPatch, TermsRequest } from '../../../src/model/call.ts';
import type { NewMessage } from '../../../src/model/message.ts';
import * as calls from './calls.ts';

/** A step lets time pass, loses some of it to an outage, or makes a call from the session's header at that moment. */
export interface Step {
  advanceMs: number;
  isOutage: boolean;
  call: Call;
  /** Made again at once, under the same request id. */
  isRepeated: boolean;
}

const ms = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 50 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 150_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 900_000 }) },
);

const terms: fc.Arbitrary<TermsRequest> = fc.record(
  {
    dormantAfterMs: fc.integer({ min: 1, max: 4000 }),
    ttlMs: fc.integer({ min: 4000, max: 120_000 }),
    maxTtlMs: fc.constantFrom(0, 9000, 200_000),
    neverExpires: fc.boolean(),
    expiringLeadMs: fc.integer({ min: 0, max: 5000 }),
  },
  { requiredKeys: [] },
);

const patch: fc.Arbitrary<JsonPatch> = fc.record({
  set: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.integer({ min: 0, max: 3 }), { noNullPrototype: true }),
  remove: fc.subarray(['a', 'b']),
});

const tool = fc.record({ callId: fc.constantFrom('', 'c1', 'c2', 'c3'), name: fc.constantFrom('f', 'g') });

const message: fc.Arbitrary<NewMessage> = fc
  .record({
    role: fc.constantFrom('SYSTEM' as const, 'USER' as const, 'ASSISTANT' as const, 'TOOL' as const),
    turnId: fc.constantFrom('', '', 't1', 't2'),
    tokenCount: fc.integer({ min: 0, max: 9 }),
    toolCalls: fc.array(tool, { maxLength: 1 }),
    toolResults: fc.array(
      fc.record({ callId: fc.constantFrom('c1', 'c4'), name: fc.constant(''), isError: fc.boolean() }),
      {
        maxLength: 1,
      },
    ),
  })
  .map(calls.aMessage);

const messages = fc.array(message, { minLength: 1, maxLength: 4 });

const cut = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map((sequence) => ({ kind: 'throughSequence' as const, sequence })),
  fc.integer({ min: 1, max: 3 }).map((count) => ({ kind: 'lastMessages' as const, count })),
  fc.integer({ min: 1, max: 2 }).map((count) => ({ kind: 'lastTurns' as const, count })),
  fc.constant({ kind: 'turnId' as const, turnId: 't1' }),
);

const spec = fc.record({
  ifExists: fc.constantFrom(
    'FAIL' as const,
    'RETURN' as const,
    'RESUME' as const,
    'RESTART' as const,
    'RESTART' as const,
  ),
  terms,
  state: patch.map(({ set }) => set),
});

const summary = fc.record({
  kind: fc.constantFrom('COMPACTION' as const, 'TURN' as const),
  firstSequence: fc.integer({ min: 1, max: 4 }),
  lastSequence: fc.integer({ min: 1, max: 8 }),
});

const activity = fc.record(
  {
    toolCall: fc.record({
      callId: fc.constantFrom('', 'c1', 'c2'),
      name: fc.constant('f'),
      durationMs: fc.integer({ min: 0, max: 99 }),
      success: fc.boolean(),
    }),
    error: fc.constant({ message: 'x' }),
    responseTimeMs: fc.integer({ min: 0, max: 99 }),
  },
  { requiredKeys: [] },
);

const update = fc.record(
  {
    title: fc.constantFrom('', 'x'),
    userId: fc.constant('ann'),
    tokenLimit: fc.constantFrom(0, 9),
    terms,
    state: patch,
    metadata: patch,
  },
  { requiredKeys: ['terms', 'state', 'metadata'] },
);

/** Calls that need nothing read beside the basis, which is what can go in one group. */
export const plainCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 6, arbitrary: spec.map((fields) => calls.start(fields, { claims: ['k/chat', 'r/r1'] })) },
  { weight: 12, arbitrary: messages.map((list) => calls.append(list)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(messages, spec)
      .map(([list, fields]) => calls.append(list, { startIfMissing: { spec: calls.aSpec(fields), claims: [] } })),
  },
  { weight: 3, arbitrary: fc.constant(null).map(() => calls.access()) },
  { weight: 4, arbitrary: fc.constant(null).map(() => calls.sweep()) },
  { weight: 2, arbitrary: fc.tuple(patch, fc.boolean()).map(([state, reopen]) => calls.resume({ state, reopen })) },
  { weight: 2, arbitrary: terms.map((request) => calls.touch(request)) },
  { weight: 2, arbitrary: update.map((fields) => calls.update(fields)) },
  { weight: 1, arbitrary: fc.constant(null).map(() => calls.end()) },
  { weight: 1, arbitrary: fc.constant(null).map(() => calls.remove()) },
  { weight: 1, arbitrary: fc.boolean().map((clearSummaries) => calls.clear(clearSummaries)) },
  { weight: 2, arbitrary: activity.map((reported) => calls.report(reported)) },
  { weight: 2, arbitrary: summary.map((fields) => calls.addSummary(fields)) },
);

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 10, arbitrary: plainCall },
  { weight: 2, arbitrary: cut.map((where) => calls.rewind(where)) },
  { weight: 1, arbitrary: fc.tuple(messages, cut).map(([list, where]) => calls.append(list, { cut: where })) },
);

let requests = 0;

/** Gives a call a request id that no other has, or none. */
function withRequest(call: Call, kind: 'none' | 'caller' | 'server'): Call {
  requests += 1;
  if (kind === 'none' || call.kind === 'sweep' || call.kind === 'access') return call;
  return { ...call, request: calls.aRequest(`q${requests}`, 'c', kind === 'server') };
}

/** Any steps of a session's life, from before its Start. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .record({
      advanceMs: ms,
      isOutage: fc.boolean(),
      call: anyCall,
      request: fc.constantFrom('none' as const, 'caller' as const, 'server' as const),
      isRepeated: fc.boolean(),
    })
    .map(({ call, request, advanceMs, ...step }) => ({
      ...step,
      advanceMs,
      isOutage: step.isOutage && advanceMs > 30_000,
      call: withRequest(call, request),
    })),
  { minLength: 10, maxLength: 60, size: 'max' },
);
