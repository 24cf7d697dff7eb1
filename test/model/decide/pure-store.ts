import { type Activity, emptyActivity, type ToolCallRecord } from '../../../src/model/activity.ts';
import type {
  AppendedMessage,
  Basis,
  BasisNeeds,
  Changes,
  Claim,
  RecordedCall,
  Removal,
} from '../../../src/model/basis.ts';
import type { Answer, Call, Cut, DecideSettings, Decision } from '../../../src/model/call.ts';
import { applyChanges } from '../../../src/model/decide/apply-changes.ts';
import { decide } from '../../../src/model/decide/decide.ts';
import { canJoinCommit, mergeChanges } from '../../../src/model/decide/merge-changes.ts';
import { needsOf } from '../../../src/model/decide/needs.ts';
import { RECORDED_SHOWN } from '../../../src/model/decide/request-memory.ts';
import type { SessionEvent } from '../../../src/model/event.ts';
import { isVisible } from '../../../src/model/hidden-ranges.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../../src/model/limits.ts';
import type { SessionDetails, SessionHeader } from '../../../src/model/session.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Outage, StoreTime } from '../../../src/model/store-time.ts';
import type { Summary } from '../../../src/model/summary.ts';

/** What hangs on one life of the session. */
interface Life {
  details: SessionDetails;
  state: JsonObject;
  summaries: Summary[];
  activity: Activity;
  recorded: RecordedCall[];
  toolCalls: Map<string, ToolCallRecord>;
  messages: AppendedMessage[];
}

/** PureStore keeps one session id in plain values and commits decisions at once: the least a store does. */
export class PureStore {
  now = Date.UTC(2026, 0, 15, 12);
  uncertaintyMs = 0;
  outages: Outage[] = [];
  settings: DecideSettings = { limits: DEFAULT_LIMITS, terms: DEFAULT_TERMS_POLICY };
  header: SessionHeader | null = null;
  readonly lives = new Map<string, Life>();
  readonly claims = new Map<string, Claim>();
  readonly events: SessionEvent[] = [];
  /** The decision of the last call. */
  last: Decision = { changes: null, events: [], outcome: { refusal: new SessionError('SESSION_NOT_FOUND', '') } };

  get time(): StoreTime {
    return { now: this.now, uncertaintyMs: this.uncertaintyMs, outages: this.outages };
  }

  /** The session's life; fails when there is none. */
  get life(): Life {
    const life = this.lives.get(this.header?.uid ?? '');
    if (life === undefined) throw new Error('there is no session');
    return life;
  }

  get visible(): AppendedMessage[] {
    return this.life.messages.filter(({ sequence }) => isVisible(this.header?.hidden ?? [], sequence));
  }

  /** Decides and commits one call; throws its refusal. */
  call(call: Call): Answer {
    this.last = decide(this.load(call), call, this.time, this.settings);
    this.commit(this.last);
    return answerOf(this.last);
  }

  /** Decides and commits one call; returns its refusal, and fails when it is answered. */
  refusal(call: Call): SessionError {
    try {
      this.call(call);
    } catch (error) {
      if (error instanceof SessionError) return error;
      throw error;
    }
    throw new Error(`${call.kind} was answered`);
  }

  /** Decides calls as groups, each committed once; returns all decisions and the number of commits. */
  group(calls: readonly Call[]): { decisions: Decision[]; commits: number } {
    const decisions: Decision[] = [];
    let commits = 0;
    let waiting = [...calls];
    while (waiting.length > 0) {
      const needs = waiting.map(needsOf);
      let basis = this.loadNeeds(unionOf(needs));
      let joined: Pick<Decision, 'changes' | 'events'> = { changes: null, events: [] };
      let count = 0;
      for (const call of waiting) {
        const decision = decide(basis, call, this.time, this.settings);
        if (!canJoinCommit(joined, decision)) break;
        joined = {
          changes: mergeChanges(joined.changes, decision.changes),
          events: [...joined.events, ...decision.events],
        };
        if (decision.changes !== null) basis = applyChanges(basis, decision.changes);
        decisions.push(decision);
        count += 1;
      }
      this.commit(joined);
      commits += 1;
      waiting = waiting.slice(count);
    }
    return { decisions, commits };
  }

  load(call: Call): Basis {
    const basis = this.loadNeeds(needsOf(call));
    const cut = call.kind === 'rewind' || call.kind === 'append' ? call.cut : null;
    if (cut === null || this.header === null || this.header.isTombstone) return basis;
    return { ...basis, removal: this.removalOf(cut) };
  }

  private loadNeeds(needs: BasisNeeds): Basis {
    const header = this.header;
    const life = header === null || header.isTombstone ? blankLife() : this.life;
    const recorded = life.recorded.filter(({ digest }) => needs.requestIds?.includes(digest));
    return {
      tenant: 'acme',
      sessionId: 'chat',
      header,
      details: needs.details ? life.details : undefined,
      state: needs.state ? life.state : undefined,
      summaries: needs.summaries ? life.summaries : undefined,
      activity: needs.activity ? life.activity : undefined,
      recorded: new Map(recorded.map((call) => [call.digest, call])),
      oldestRecorded: life.recorded.toSorted((a, b) => a.number - b.number).slice(0, RECORDED_SHOWN),
      toolCalls: new Map([...life.toolCalls].filter(([callId]) => needs.toolCallIds?.includes(callId))),
      claims: new Map([...this.claims].filter(([key]) => needs.claims?.includes(key))),
    };
  }

  private removalOf(cut: Cut): Removal | null {
    const { visible } = this;
    const turnAt = (turnId: string) => visible.findIndex((message) => message.turnId === turnId);
    const turns = visible.filter(({ startsTurn }) => startsTurn).map(({ sequence }) => sequence);
    let kept: number;
    if (cut.kind === 'throughSequence') kept = visible.filter(({ sequence }) => sequence <= cut.sequence).length;
    else if (cut.kind === 'lastMessages') kept = Math.max(0, visible.length - cut.count);
    else if (cut.kind === 'turnId') kept = turnAt(cut.turnId);
    else kept = visible.filter(({ sequence }) => sequence < (turns.at(-cut.count) ?? turns[0] ?? Infinity)).length;
    if (kept < 0) return null;
    const last = visible[kept - 1];
    return { throughSequence: last?.sequence ?? 0, messages: visible.slice(kept), lastTurnId: last?.turnId ?? '' };
  }

  private commit({ changes, events }: Pick<Decision, 'changes' | 'events'>): void {
    this.events.push(...events);
    if (changes === null) return;
    const { uid, isTombstone } = changes.header;
    this.header = changes.header;
    for (const key of changes.released) this.claims.delete(key);
    for (const key of changes.claims) this.claims.set(key, { key, sessionId: 'chat', uid });
    if (!isTombstone) this.lives.set(uid, changedLife(this.lives.get(uid) ?? blankLife(), changes));
  }
}

function changedLife(life: Life, changes: Changes): Life {
  const exact = new Map(changes.tokenCounts.map(({ sequence, tokenCount }) => [sequence, tokenCount]));
  const messages = [...life.messages, ...changes.messages].filter(({ sequence }) => sequence > changes.discardThrough);
  return {
    details: changes.details ?? life.details,
    state: changes.state ?? life.state,
    summaries: changes.summaries ?? life.summaries,
    activity: changes.activity ?? life.activity,
    recorded: [...life.recorded, ...changes.recorded].filter(({ number }) => number > changes.forgetThrough),
    toolCalls: new Map([...life.toolCalls, ...changes.toolCalls.map((call) => [call.callId, call] as const)]),
    messages: messages.map((message) => ({
      ...message,
      tokenCount: exact.get(message.sequence) ?? message.tokenCount,
    })),
  };
}

function blankLife(): Life {
  return {
    details: { title: '', labels: {}, metadata: {}, errorMessage: '' },
    state: {},
    summaries: [],
    activity: emptyActivity(),
    recorded: [],
    toolCalls: new Map(),
    messages: [],
  };
}

function answerOf({ outcome }: Decision): Answer {
  if ('refusal' in outcome) throw outcome.refusal;
  return outcome.answer;
}

function unionOf(needs: readonly BasisNeeds[]): BasisNeeds {
  return {
    details: true,
    state: true,
    summaries: true,
    activity: true,
    requestIds: needs.flatMap(({ requestIds }) => requestIds ?? []),
    toolCallIds: needs.flatMap(({ toolCallIds }) => toolCallIds ?? []),
    claims: needs.flatMap(({ claims }) => claims ?? []),
  };
}
