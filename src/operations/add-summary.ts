import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { checkPresent, checkUnicode } from '../model/checks/check-text.ts';
import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { Summary } from '../model/summary.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** AddSummaryInput asks to keep a caller's summary; `tokenCount` 0 = the service counts. */
export interface AddSummaryInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  summary: Omit<Summary, 'createdAt' | 'source'>;
}

/** AddSummaryAnswer holds the summary as stored. */
export interface AddSummaryAnswer {
  head: SessionHead;
  summary: Summary;
}

/** Keeps a caller's own summary, in whatever status. No access. */
export async function addSummary(engine: Engine, caller: Caller, input: AddSummaryInput): Promise<AddSummaryAnswer> {
  checkSessionId('session_id', input.sessionId);
  checkSummary(engine, input.summary);
  const conditions = conditionsOf(engine, 'AddSummary', input);
  const tokenCount = input.summary.tokenCount || (await countTokens(engine, caller, input));
  const summary = { ...input.summary, tokenCount, source: 'CALLER' } as const;
  const settled = await engine.submit({
    ...caller,
    sessionId: input.sessionId,
    view: { summaries: true },
    call: { kind: 'addSummary', ...conditions, summary },
  });
  const kept = settled
    .after()
    .summaries?.findLast(({ firstSequence, text }) => firstSequence === summary.firstSequence && text === summary.text);
  const head = headOf(settled, engine.time());
  return { head, summary: kept ?? { ...summary, createdAt: settled.decidedAt } };
}

function checkSummary({ settings }: Engine, summary: AddSummaryInput['summary']): void {
  const { firstSequence, lastSequence, text, tokenCount } = summary;
  checkNumber('summary.first_sequence', firstSequence, { min: 1 });
  checkNumber('summary.last_sequence', lastSequence, { min: 1 });
  if (lastSequence < firstSequence)
    throw invalidField('summary.last_sequence', `is ${lastSequence}`, `send at least first_sequence, ${firstSequence}`);
  checkPresent('summary.text', text);
  checkUnicode('summary.text', text);
  checkNumber('summary.token_count', tokenCount);
  const value = Buffer.byteLength(text);
  const max = settings.limits.messageBytesMax;
  if (value > max) throw limitExceeded('summary.text', { name: 'summary_bytes', value, max });
}

/** Whether the session is there is the decision's to say. */
async function countTokens(engine: Engine, { tenant, signal }: Caller, input: AddSummaryInput): Promise<number> {
  const { header } = await engine.store.sessions.load(tenant, input.sessionId, {}, { signal });
  if (header === null || header.isTombstone) return 0;
  return engine.tokenizer.count(input.summary.text, header.model, signal);
}
