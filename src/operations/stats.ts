import { checkAgentId, checkSessionId } from '../model/checks/check-id.ts';
import { checkName, checkPresent } from '../model/checks/check-text.ts';
import { notFound } from '../model/decide/refusals.ts';
import { type GroupFigures, GroupTally, type MessageTotals } from '../model/stats/group-figures.ts';
import type { InstanceFigures } from '../model/stats/instance-figures.ts';
import { type SeriesBucket, SeriesTally } from '../model/stats/series.ts';
import { type RoleFigures, type SessionFigures, sessionFiguresOf } from '../model/stats/session-figures.ts';
import type { StoreTime } from '../model/store-time.ts';
import type { MessageSample, StatisticsScope } from '../ports/statistics-store.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { readInstanceFigures } from './engine/instance-figures.ts';
import { checkNoWindow, type StatsWindow, statsWindowOf } from './stats-window.ts';

/** StatsScope says of what statistics are asked. */
export type StatsScope = { kind: 'session'; id: string } | GroupScope | { kind: 'instance' };

type GroupScope = { kind: 'user'; id: string } | { kind: 'agent'; id: string } | { kind: 'tenant' };

/** StatsInput asks for statistics of a scope and, with `bucketMs`, for a time series. */
export interface StatsInput {
  scope: StatsScope;
  /** Included; null = from the first. */
  startAt: number | null;
  /** Excluded; null = now. */
  endAt: number | null;
  /** null = no series. */
  bucketMs: number | null;
}

/** StatsAnswer holds the figures of the scope, and the series, oldest first, empty buckets too. */
export interface StatsAnswer {
  figures:
    | { kind: 'session'; session: SessionFigures }
    | { kind: 'group'; group: GroupFigures }
    | { kind: 'instance'; instance: InstanceFigures };
  buckets: SeriesBucket[];
}

/** Answers statistics, exactly as far as the store has what they count; no access. */
export async function stats(engine: Engine, caller: Caller, input: StatsInput): Promise<StatsAnswer> {
  const { scope } = input;
  if (scope.kind === 'instance') {
    checkNoWindow(input);
    return { figures: { kind: 'instance', instance: await readInstanceFigures(engine, caller.signal) }, buckets: [] };
  }
  const time = engine.time();
  const request = { engine, caller, time, window: statsWindowOf(input, time.now) };
  return scope.kind === 'session' ? sessionStats(request, scope.id) : groupStats(request, groupScopeOf(scope));
}

function groupScopeOf(scope: GroupScope): StatisticsScope {
  switch (scope.kind) {
    case 'user':
      checkPresent('user_id', scope.id);
      checkName('user_id', scope.id);
      return { userId: scope.id };
    case 'agent':
      checkPresent('agent_id', scope.id);
      checkAgentId('agent_id', scope.id);
      return { agentId: scope.id };
    case 'tenant':
      return {};
  }
}

interface StatsRequest {
  engine: Engine;
  caller: Caller;
  time: StoreTime;
  window: StatsWindow;
}

async function sessionStats(request: StatsRequest, sessionId: string): Promise<StatsAnswer> {
  const { engine, caller, time, window } = request;
  checkSessionId('session_id', sessionId);
  const needs = { activity: true };
  const { header, activity } = await engine.store.sessions.load(caller.tenant, sessionId, needs, {
    signal: caller.signal,
  });
  if (header === null || header.isTombstone || activity === undefined) throw notFound(sessionId);
  const samples = await sampleMessages(request, { sessionId });
  const session = sessionFiguresOf({ header, activity }, rolesOf(samples), time);
  const series = seriesOf(window, samples);
  series?.addSession(header, time);
  return { figures: { kind: 'session', session }, buckets: series?.buckets ?? [] };
}

async function groupStats(request: StatsRequest, scope: StatisticsScope): Promise<StatsAnswer> {
  const { engine, caller, time, window } = request;
  const isSampled = window.isBounded || window.series !== null;
  const samples = isSampled ? await sampleMessages(request, scope) : [];
  const series = seriesOf(window, samples);
  const tally = new GroupTally(time);
  // A series also shows the ends of sessions that were created before it.
  const created = series === null ? { fromAt: window.fromAt, toAt: window.toAt } : { toAt: window.toAt };
  await engine.store.statistics.foldSessions(
    caller.tenant,
    scope,
    created,
    ({ header, activity, errorMessage }) => {
      series?.addSession(header, time);
      if (header.createdAt >= window.fromAt) tally.addSession(header, activity, errorMessage);
    },
    caller.signal,
  );
  await addAgents(request, scope, tally);
  const group = tally.figures(isSampled ? totalsOf(samples) : undefined);
  return { figures: { kind: 'group', group }, buckets: series?.buckets ?? [] };
}

/** Counts messages by role, and by bucket where a series is asked for. */
function sampleMessages({ engine, caller, window }: StatsRequest, scope: StatisticsScope): Promise<MessageSample[]> {
  const { fromAt, toAt, series } = window;
  const span = series ?? { fromAt, toAt, bucketMs: toAt - fromAt };
  return engine.store.statistics.sampleMessages(caller.tenant, scope, span, caller.signal);
}

function seriesOf({ series }: StatsWindow, samples: readonly MessageSample[]): SeriesTally | null {
  if (series === null) return null;
  const tally = new SeriesTally(series);
  for (const sample of samples) tally.addMessages(sample);
  return tally;
}

function rolesOf(samples: readonly MessageSample[]): RoleFigures[] {
  const roles = new Map<string, RoleFigures>();
  for (const { role, messageCount, tokenCount } of samples) {
    const figures = roles.get(role) ?? { role, messageCount: 0, tokenCount: 0 };
    figures.messageCount += messageCount;
    figures.tokenCount += tokenCount;
    roles.set(role, figures);
  }
  return [...roles.values()];
}

function totalsOf(samples: readonly MessageSample[]): MessageTotals {
  const totals = { messageCount: 0, inputTokens: 0, outputTokens: 0 };
  for (const { role, messageCount, tokenCount } of samples) {
    totals.messageCount += messageCount;
    totals[role === 'ASSISTANT' ? 'outputTokens' : 'inputTokens'] += tokenCount;
  }
  return totals;
}

const AGENTS_PER_READ = 500;

/** Adds what agents reported without a session: to an agent's figures its own, to a tenant's those of all. */
async function addAgents(request: StatsRequest, scope: StatisticsScope, tally: GroupTally): Promise<void> {
  const { engine, caller, window } = request;
  const { agents } = engine.store;
  if (scope.userId !== undefined) return;
  if (scope.agentId !== undefined) {
    const agent = await agents.load(caller.tenant, scope.agentId, caller.signal);
    if (agent !== null && isInside(window, agent.updatedAt)) tally.addAgent(agent.agentId, agent.activity);
    return;
  }
  for (let after = ''; ; ) {
    const page = await agents.list(caller.tenant, after, AGENTS_PER_READ, caller.signal);
    for (const { agentId, activity, updatedAt } of page) {
      if (isInside(window, updatedAt)) tally.addAgent(agentId, activity);
    }
    if (page.length < AGENTS_PER_READ) return;
    after = page.at(-1)!.agentId;
  }
}

function isInside({ fromAt, toAt }: StatsWindow, at: number): boolean {
  return at >= fromAt && at < toAt;
}
