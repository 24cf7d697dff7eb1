import { setTimeout as sleep } from 'node:timers/promises';
import type { Basis, BasisNeeds } from '../../model/basis.ts';
import type { Cut } from '../../model/call.ts';
import { needsOf } from '../../model/decide/needs.ts';
import type { StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { CommitOutcome } from '../../ports/session-store.ts';
import type { Store } from '../../ports/store.ts';
import { decideGroup, type GroupDecision } from './decide-group.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { InstanceTally } from './instance-tally.ts';
import { mergeNeeds } from './merge-needs.ts';
import { type QueuedCall, storeContended } from './queued-call.ts';
import { readRemoval } from './read-removal.ts';
import type { SessionSignals } from './session-signals.ts';

/** CommitGroup settles the calls of one session that go together, and returns those that must wait for the next commit. */
export type CommitGroup = (calls: readonly QueuedCall[]) => Promise<QueuedCall[]>;

/** What the commit loop works with. */
export interface CommitGroupOptions {
  store: Store;
  clock: Clock;
  metrics: Metrics;
  settings: EngineSettings;
  signals: SessionSignals;
  tally: InstanceTally;
  time(): StoreTime;
}

/**
 * Makes the one loop of load → decide → commit. A conflict loads and decides all calls again; so does an unknown
 * outcome, where the request ids tell what was done. Nobody is answered, or refused, before the commit.
 */
export function createCommitGroup(options: CommitGroupOptions): CommitGroup {
  return async (calls) => {
    let pending = calls;
    for (let attempt = 1; ; attempt += 1) {
      pending = stillWanted(pending, options.clock);
      if (pending.length === 0) return [];
      try {
        const group = await attemptCommit(options, pending);
        if (group !== null) return group.waiting;
      } catch (fault) {
        for (const call of pending) call.reject(fault);
        return [];
      }
      for (const call of pending) call.hasLost = true;
      await sleep(pauseMs(attempt));
    }
  };
}

/** Leaves out the calls that were withdrawn, and those that lost until their time was over. */
function stillWanted(calls: readonly QueuedCall[], clock: Clock): QueuedCall[] {
  for (const call of calls) {
    if (!call.isAnswered && call.hasLost && clock.monotonicMs() >= call.giveUpAtMs) call.reject(storeContended());
  }
  return calls.filter((call) => !call.isAnswered);
}

/** Loads, decides and commits once; null when that must be done again. */
async function attemptCommit(options: CommitGroupOptions, calls: readonly QueuedCall[]): Promise<GroupDecision | null> {
  const basis = await loadBasis(options.store, calls);
  const wanted = calls.filter((call) => !call.isAnswered);
  const group = decideGroup(basis, wanted, options.time(), options.settings);
  if (group.changes !== null) {
    const outcome = await options.store.sessions.commit(basis, group.changes, group.events);
    countCommit(options, outcome, group);
    if (outcome !== 'committed') return null;
    options.signals.publish(basis.tenant, basis.sessionId);
  }
  for (const { call, settle } of group.verdicts) settle(call);
  return group;
}

async function loadBasis(store: Store, calls: readonly QueuedCall[]): Promise<Basis> {
  const { tenant, sessionId } = (calls[0] as QueuedCall).submission;
  const needs: BasisNeeds[] = calls.flatMap(({ submission: { call, view } }) => [needsOf(call), view ?? {}]);
  const basis = await store.sessions.load(tenant, sessionId, mergeNeeds(needs));
  const cut = cutOf(calls);
  if (cut === null || basis.header === null || basis.header.isTombstone) return basis;
  return { ...basis, removal: await readRemoval(store.messages, basis.header, cut) };
}

/** A call with a cut goes alone. */
function cutOf(calls: readonly QueuedCall[]): Cut | null {
  const call = calls[0]?.submission.call;
  return call?.kind === 'rewind' || call?.kind === 'append' ? call.cut : null;
}

function countCommit({ metrics, tally }: CommitGroupOptions, outcome: CommitOutcome, group: GroupDecision): void {
  metrics.count('threadkeep_commits_total', { outcome });
  if (outcome !== 'committed') return;
  metrics.observe('threadkeep_commit_calls', group.verdicts.length);
  for (const { kind } of group.events) {
    tally.countEvent(kind);
    metrics.count('threadkeep_session_events_total', { kind });
  }
}

/** The first repetition comes at once; the others leave room for whoever else writes. */
function pauseMs(attempt: number): number {
  return attempt === 1 ? 0 : Math.random() * Math.min(50, 2 ** attempt);
}
