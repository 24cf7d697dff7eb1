import type { TermsRequest } from '../model/call.ts';
import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { termsRequestOf } from '../model/checks/check-terms.ts';
import type { Caller } from './caller.ts';
import { accessSession } from './engine/access-session.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** TouchInput asks to slide a session's deadlines; absent spans stay as they are. */
export interface TouchInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  dormantAfterMs?: number;
  ttlMs?: number;
}

/** TouchAnswer holds the deadlines as granted. */
export interface TouchAnswer {
  head: SessionHead;
}

/** Slides a session's deadlines, and changes its spans where they are given. An access that writes no history. */
export async function touch(engine: Engine, caller: Caller, input: TouchInput): Promise<TouchAnswer> {
  checkSessionId('session_id', input.sessionId);
  const terms = termsRequestOf('', { dormantAfterMs: input.dormantAfterMs, ttlMs: input.ttlMs });
  const { sessionId, requestId, expectedVersion } = input;
  checkNumber('expected_version', expectedVersion);
  const isPlain = requestId === '' && isEmpty(terms);
  const facts = isPlain
    ? await accessSession(engine, caller, { sessionId, peek: false, minVersion: 0, expectedVersion, view: {} })
    : await engine.submit({
        ...caller,
        sessionId,
        call: { kind: 'touch', ...conditionsOf(engine, 'Touch', input), terms },
      });
  return { head: headOf(facts, engine.time()) };
}

function isEmpty(terms: TermsRequest): boolean {
  for (const name in terms) if (terms[name as keyof TermsRequest] !== undefined) return false;
  return true;
}
