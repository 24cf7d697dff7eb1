import type { Basis, Changes } from '../../model/basis.ts';
import type { DecideSettings, Decision } from '../../model/call.ts';
import { applyChanges } from '../../model/decide/apply-changes.ts';
import { decide } from '../../model/decide/decide.ts';
import { canJoinCommit, mergeChanges } from '../../model/decide/merge-changes.ts';
import type { SessionEvent } from '../../model/event.ts';
import type { StoreTime } from '../../model/store-time.ts';
import type { QueuedCall } from './queued-call.ts';
import type { SettledCall } from './submission.ts';

/** GroupDecision is what a group of calls comes to: one commit (null = nothing to write), then an answer for each. */
export interface GroupDecision {
  changes: Changes | null;
  events: SessionEvent[];
  verdicts: Verdict[];
  /** Calls that cannot join this commit. */
  waiting: QueuedCall[];
}

/** Verdict is what one call of a group is told after the commit. */
interface Verdict {
  call: QueuedCall;
  isRefusal: boolean;
  settle(call: QueuedCall): void;
}

/** Decides calls one after the other, each on what the ones before it leave behind; a fault removes only its call. */
export function decideGroup(
  basis: Basis,
  calls: readonly QueuedCall[],
  time: StoreTime,
  settings: DecideSettings,
): GroupDecision {
  const group: GroupDecision = { changes: null, events: [], verdicts: [], waiting: [] };
  let leftBehind = () => basis;
  for (const [place, call] of calls.entries()) {
    const before = leftBehind();
    let decision: Decision;
    try {
      decision = decide(before, call.submission.call, time, settings);
    } catch (fault) {
      group.verdicts.push({ call, isRefusal: true, settle: (refused) => refused.reject(fault) });
      continue;
    }
    if (group.changes !== null && !canJoinCommit(group, decision)) return { ...group, waiting: calls.slice(place) };
    const after = basisAfter(before, decision);
    group.changes = mergeChanges(group.changes, decision.changes);
    group.events.push(...decision.events);
    const settle = verdictOf(decision, { before, after, decidedAt: time.now });
    group.verdicts.push({ call, isRefusal: 'refusal' in decision.outcome, settle });
    leftBehind = after;
  }
  return group;
}

/** Few ask what a call left behind. */
function basisAfter(before: Basis, { changes }: Decision): () => Basis {
  if (changes === null) return () => before;
  let after: Basis | null = null;
  return () => {
    after ??= applyChanges(before, changes);
    return after;
  };
}

function verdictOf({ outcome }: Decision, seen: Seen): (call: QueuedCall) => void {
  if ('refusal' in outcome) return (call) => call.reject(outcome.refusal);
  return (call) => call.resolve({ ...outcome.answer, ...seen });
}

type Seen = Pick<SettledCall, 'before' | 'after' | 'decidedAt'>;
