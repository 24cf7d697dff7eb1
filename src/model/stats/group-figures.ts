import type { Activity } from '../activity.ts';
import type { SessionHeader, SessionStatus } from '../session.ts';
import type { StoreTime } from '../store-time.ts';
import { ActivityTally } from './activity-tally.ts';
import { type AgentFigures, AgentTally } from './agent-tally.ts';
import { lifeSpanOf } from './life-span.ts';
import { countOnce, mostFrequent } from './most-frequent.ts';
import { type ResponseTimes, responseTimesOf } from './response-times.ts';
import { type ToolFigures, toolFiguresOf } from './tool-figures.ts';

/** Only so many channels, failures, agents and tools are listed, the most frequent. */
const GROUP_ENTRIES_MAX = 100;

/** GroupFigures is what happened in a user's, an agent's or a tenant's sessions. */
export interface GroupFigures {
  sessionCount: number;
  /** Statuses without sessions are left out. */
  statuses: { status: SessionStatus; sessionCount: number }[];
  channels: { channel: string; sessionCount: number }[];
  /** COMPLETED ones among the sessions with an outcome, 0 to 1; 0 without any. */
  successRate: number;
  /** FAILED sessions by error message. */
  failures: { reason: string; sessionCount: number }[];
  /** Of the scores given; 0 = none. */
  averageQuality: number;
  qualityCount: number;
  responseTimes: ResponseTimes;
  messageCount: number;
  inputTokens: number;
  outputTokens: number;
  /** Messages of a session. */
  averageMessages: number;
  averageDurationMs: number;
  activeAgents: AgentFigures[];
  tools: ToolFigures[];
  errorCount: number;
  lastError: Activity['lastError'];
}

/** MessageTotals counts messages and their tokens; input tokens are those of all roles but ASSISTANT. */
export type MessageTotals = Pick<GroupFigures, 'messageCount' | 'inputTokens' | 'outputTokens'>;

/** GroupTally folds sessions, one by one, into the figures of their group. */
export class GroupTally {
  readonly #time: StoreTime;
  readonly #statuses = new Map<SessionStatus, number>();
  readonly #channels = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #activity = new ActivityTally();
  readonly #agents = new AgentTally();
  readonly #totals: MessageTotals = { messageCount: 0, inputTokens: 0, outputTokens: 0 };
  #sessionCount = 0;
  #completedCount = 0;
  #failedCount = 0;
  #qualityCount = 0;
  #qualitySum = 0;
  #durationSumMs = 0;

  constructor(time: StoreTime) {
    this.#time = time;
  }

  /** Adds a session. */
  addSession(header: SessionHeader, activity: Activity, errorMessage: string): void {
    const { status, durationMs } = lifeSpanOf(header, this.#time);
    this.#sessionCount += 1;
    this.#durationSumMs += durationMs;
    countOnce(this.#statuses, status);
    countOnce(this.#channels, header.channel);
    this.#addOutcome(header, errorMessage);
    this.#totals.messageCount += header.counters.messageCount;
    this.#totals.inputTokens += header.counters.inputTokens;
    this.#totals.outputTokens += header.counters.outputTokens;
    this.#activity.add(activity);
    this.#agents.add(header.agentId, activity, status === 'ACTIVE');
  }

  /** Adds what an agent reported without a session. */
  addAgent(agentId: string, activity: Activity): void {
    this.#activity.add(activity);
    this.#agents.add(agentId, activity, false);
  }

  /** Returns the figures of what was added; `messages` replaces the totals where only a window of them counts. */
  figures(messages: MessageTotals = this.#totals): GroupFigures {
    const activity = this.#activity.sum();
    return {
      sessionCount: this.#sessionCount,
      statuses: STATUSES.map((status) => ({ status, sessionCount: this.#statuses.get(status) ?? 0 })).filter(
        ({ sessionCount }) => sessionCount > 0,
      ),
      channels: mostFrequent(this.#channels, GROUP_ENTRIES_MAX).map(([channel, sessionCount]) => ({
        channel,
        sessionCount,
      })),
      successRate: ratio(this.#completedCount, this.#completedCount + this.#failedCount),
      failures: mostFrequent(this.#failures, GROUP_ENTRIES_MAX).map(([reason, sessionCount]) => ({
        reason,
        sessionCount,
      })),
      averageQuality: ratio(this.#qualitySum, this.#qualityCount),
      qualityCount: this.#qualityCount,
      responseTimes: responseTimesOf(activity.responseTimes, activity.totalResponseMs),
      ...messages,
      averageMessages: ratio(this.#totals.messageCount, this.#sessionCount),
      averageDurationMs: ratio(this.#durationSumMs, this.#sessionCount),
      activeAgents: this.#agents.figures(GROUP_ENTRIES_MAX),
      tools: toolFiguresOf(activity.tools).slice(0, GROUP_ENTRIES_MAX),
      errorCount: activity.errorCount,
      lastError: activity.lastError,
    };
  }

  #addOutcome({ outcome, qualityScore }: SessionHeader, errorMessage: string): void {
    if (outcome === 'COMPLETED') this.#completedCount += 1;
    if (outcome === 'FAILED') {
      this.#failedCount += 1;
      countOnce(this.#failures, errorMessage);
    }
    if (qualityScore > 0) {
      this.#qualityCount += 1;
      this.#qualitySum += qualityScore;
    }
  }
}

const STATUSES: readonly SessionStatus[] = ['ACTIVE', 'DORMANT', 'EXPIRED', 'ENDED'];

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
