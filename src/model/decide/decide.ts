import type { Basis } from '../basis.ts';
import type { Call, DecideSettings, Decision } from '../call.ts';
import { SessionError } from '../session-error.ts';
import type { StoreTime } from '../store-time.ts';
import { decideAccess } from './access.ts';
import { decideAddSummary } from './add-summary.ts';
import { decideAppend } from './append.ts';
import { decideClearMessages } from './clear-messages.ts';
import { decideDelete } from './delete.ts';
import { closeDraft, type Draft, openDraft } from './draft.ts';
import { decideEnd } from './end.ts';
import { settleLapses } from './lapse.ts';
import { decideRecordActivity } from './record-activity.ts';
import { recallAnswer, rememberCall } from './request-memory.ts';
import { decideResume } from './resume.ts';
import { decideRewind } from './rewind.ts';
import { decideSettleTokens } from './settle-tokens.ts';
import { decideStart } from './start.ts';
import { decideSweep } from './sweep.ts';
import { decideTouch } from './touch.ts';
import { decideUpdate } from './update.ts';

/**
 * Decides what a call comes to, from the session as its store knows it and the store's time: what to commit, the events
 * that the commit pushes, and then the answer or the refusal. Checks request id, status, version and content, in this
 * order (semantics.md, Writes). Pure: the same arguments make the same decision.
 */
export function decide(basis: Basis, call: Call, time: StoreTime, settings: DecideSettings): Decision {
  try {
    const answer = recallAnswer(basis, call);
    if (answer !== null) return { changes: null, events: [], outcome: { answer } };
    const draft = openDraft(basis, call, time, settings);
    const decideKind = DECIDERS[call.kind] as (draft: Draft, call: Call) => void;
    decideKind(draft, call);
    rememberCall(draft, call.kind);
    return closeDraft(draft);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return { ...commitExpiry(basis, call, time, settings), outcome: { refusal: error } };
  }
}

type Deciders = { [Kind in Call['kind']]: (draft: Draft, call: Extract<Call, { kind: Kind }>) => void };

const DECIDERS: Deciders = {
  start: decideStart,
  access: decideAccess,
  resume: decideResume,
  touch: decideTouch,
  update: decideUpdate,
  end: decideEnd,
  delete: decideDelete,
  rewind: decideRewind,
  clearMessages: decideClearMessages,
  append: decideAppend,
  recordActivity: decideRecordActivity,
  addSummary: decideAddSummary,
  settleTokens: decideSettleTokens,
  sweep: decideSweep,
};

/** Nobody is told that a session expired before that is committed, so that a refusal commits it. */
function commitExpiry(
  basis: Basis,
  call: Call,
  time: StoreTime,
  settings: DecideSettings,
): Pick<Decision, 'changes' | 'events'> {
  const draft = openDraft(basis, call, time, settings);
  settleLapses(draft, 'access');
  if (!draft.isWritten || draft.header.status !== 'EXPIRED') return { changes: null, events: [] };
  const { changes, events } = closeDraft(draft);
  return { changes, events };
}
