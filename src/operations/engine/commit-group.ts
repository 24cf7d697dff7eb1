import { setTimeout as sleep } from 'node:timers/promises';
import type { Basis, BasisNeeds } from '../../model/basis.ts';
import type { Cut, FreshIds } from '../../model/call.ts';
import { needsOf } from '../../model/decide/needs.ts';
import { isNotFound } from '../../model/decide/refusals.ts';
import type { StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { CommitOutcome } from '../../ports/session-store.ts';
import type { Store } from '../../ports/store.ts';
import { decideGroup, type GroupDecision } from './decide-group.ts';
import type { EngineSettings } from './engine-settings.ts';
import { heldMessages } from './held-messages.ts';
import type { InstanceTally } from './instance-tally.ts';
import { mergeNeeds } from './merge-needs.ts';
import type { QueuedCall } from './queued-call.ts';
import { readRemoval } from './read-removal.ts';
import type { SessionSignals } from './session-signals.ts';
import type { Submission } from './submission.ts';

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
  /** Makes identities for another attempt. */
  fresh(): FreshIds;
}

/**
 * Makes the one loop of load → decide → commit. The first time a basis of any age will do, for the commit tells whether
 * it was current. A conflict asks the store and decides all calls again; so does an unknown outcome, where the request
 * ids tell what was done. Nobody is answered, or refused, before the commit.
 */
export function createCommitGroup(options: CommitGroupOptions): CommitGroup {
  return async (calls) => {
    let pending = calls;
    for (let attempt = 1; ; attempt += 1) {
      pending = stillWanted(pending, options.clock);
      if (pending.length === 0) return [];
      try {
        const { group, outcome } = await attemptCommit(options, pending, attempt === 1);
        if (outcome === 'committed') return group.waiting;
        for (const call of pending) call.lose(outcome, options.fresh());
      } catch (fault) {
        for (const call of pending) call.reject(fault);
        return [];
      }
      await sleep(pauseMs(attempt));
    }
  };
}

/** Leaves out the calls that were withdrawn, and those that lost until their time was over. */
function stillWanted(calls: readonly QueuedCall[], clock: Clock): QueuedCall[] {
  for (const call of calls) {
    if (!call.isAnswered && call.lostBy !== null && clock.monotonicMs() >= call.giveUpAtMs) call.giveUp(undefined);
  }
  return calls.filter((call) => !call.isAnswered);
}

/** Loads, decides and commits once; the calls are settled when that was `committed`, or nothing was to be written. */
async function attemptCommit(
  options: CommitGroupOptions,
  calls: readonly QueuedCall[],
  isFirst: boolean,
): Promise<{ group: GroupDecision; outcome: CommitOutcome }> {
  const { basis, group } = await decideCalls(options, calls, isFirst);
  let outcome: CommitOutcome = 'committed';
  if (group.changes !== null) {
    outcome = await options.store.sessions.commit(basis, group.changes, group.events);
    countCommit(options, outcome, group);
    if (outcome !== 'committed') return { group, outcome };
    options.signals.publish(basis.tenant, basis.sessionId);
  }
  for (const { call, settle } of group.verdicts) settle(call);
  return { group, outcome };
}

/** Where nothing is to be written, no commit tells whether the basis was current: it must be fresh enough by itself. */
async function decideCalls(options: CommitGroupOptions, calls: readonly QueuedCall[], isFirst: boolean) {
  const decideOn = async (load: typeof askStore) => {
    const basis = await load(options.store, calls);
    const wanted = calls.filter((call) => !call.isAnswered);
    return { basis, group: decideGroup(basis, wanted, options.time(), options.settings) };
  };
  const decided = await decideOn(isFirst ? takeAtHand : askStore);
  const { readStalenessMs } = options.settings;
  const isProven = decided.group.changes !== null || canAnswerFrom(decided.basis, decided.group, readStalenessMs);
  return isProven ? decided : decideOn(askStore);
}

/** A refusal stands on what the store says now, an answer on what a read may answer. */
function canAnswerFrom({ ageMs }: Basis, { verdicts }: GroupDecision, readStalenessMs: number): boolean {
  if (ageMs === undefined) return true;
  return ageMs <= readStalenessMs && !verdicts.some(({ isRefusal }) => isRefusal);
}

/** Takes whatever a cache holds; of a new session nothing. Claims are not looked up, the commit tells if one is held. */
async function takeAtHand(store: Store, calls: readonly QueuedCall[]): Promise<Basis> {
  const [{ submission }] = calls as [QueuedCall];
  if (submission.isNew) return nothingKnown(submission);
  if (submission.atHand !== undefined && calls.length === 1) return submission.atHand;
  try {
    return await loadBasis(store, calls, { ...needsOfAll(calls), claims: [] }, Number.POSITIVE_INFINITY);
  } catch (fault) {
    // The messages of a life that is over are gone; a cache cannot know whether another has begun.
    if (!isNotFound(fault)) throw fault;
    return askStore(store, calls);
  }
}

function askStore(store: Store, calls: readonly QueuedCall[]): Promise<Basis> {
  return loadBasis(store, calls, needsOfAll(calls), 0);
}

function nothingKnown({ tenant, sessionId }: Submission): Basis {
  const nothing = { recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims: new Map() };
  return { tenant, sessionId, header: null, ...nothing, ageMs: Number.POSITIVE_INFINITY };
}

function needsOfAll(calls: readonly QueuedCall[]): BasisNeeds {
  return mergeNeeds(
    calls.flatMap(({ submission: { call, view } }) => (view === undefined ? needsOf(call) : [needsOf(call), view])),
  );
}

async function loadBasis(
  store: Store,
  calls: readonly QueuedCall[],
  needs: BasisNeeds,
  maxAgeMs: number,
): Promise<Basis> {
  const { tenant, sessionId } = (calls[0] as QueuedCall).submission;
  const cut = cutOf(calls);
  const basis = await store.sessions.load(tenant, sessionId, cut === null ? needs : { ...needs, newest: true }, {
    maxAgeMs,
  });
  if (cut === null || basis.header === null || basis.header.isTombstone) return basis;
  return { ...basis, removal: await readRemoval(heldMessages(store.messages, basis), basis.header, cut) };
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
