import type { Basis, BasisNeeds } from '../../model/basis.ts';
import type { Answer, Call } from '../../model/call.ts';

/** Submission is a call for one session on its way to the store; `signal` absent = it cannot be withdrawn. */
export interface Submission {
  tenant: string;
  sessionId: string;
  call: Call;
  signal?: AbortSignal;
  /** What of the session the caller wants to see in `after`, beyond what the call itself needs. */
  view?: BasisNeeds;
  /** The session's header as the store had it lately; the commit tells whether it still has. Absent = it is loaded. */
  atHand?: Basis;
  /** True for a session that is surely new, or probably: it is not looked for, the commit tells whether it is there. */
  isNew?: boolean;
  /** How long it may wait, in ms, for another call of the session to share its commit; absent = it goes at once. */
  patienceMs?: number;
}

/** SettledCall is a call's answer, with the session as it was before and after it; the latter is made when it is asked for. */
export interface SettledCall extends Answer {
  before: Basis;
  after(): Basis;
  /** The store's now when it was decided: when its messages were stored. */
  decidedAt: number;
}
