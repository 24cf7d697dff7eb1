import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  GroupStatsSchema,
  InstanceStatsSchema,
  LastErrorSchema,
  ResponseTimesSchema,
  SessionStatsSchema,
  StatsBucketSchema,
  StatsRequest,
  StatsResponseSchema,
  ToolStatsSchema,
} from '../../../gen/threadkeep/v1/stats_pb.ts';
import { SessionError } from '../../model/session-error.ts';
import type { GroupFigures } from '../../model/stats/group-figures.ts';
import type { InstanceFigures } from '../../model/stats/instance-figures.ts';
import type { ResponseTimes } from '../../model/stats/response-times.ts';
import type { SeriesBucket } from '../../model/stats/series.ts';
import type { SessionFigures } from '../../model/stats/session-figures.ts';
import type { ToolFigures } from '../../model/stats/tool-figures.ts';
import type { StatsAnswer, StatsInput, StatsScope } from '../../operations/stats.ts';
import { durationFromMs, msFromDuration } from './duration.ts';
import { roleNames } from './message.ts';
import { pbCountersFrom, statusNames } from './session.ts';
import { atFromTimestamp, timestampFromAt } from './timestamp.ts';

/** Reads Stats' request. */
export function statsInput(request: StatsRequest): StatsInput {
  return {
    scope: scopeFrom(request.scope),
    startAt: atFromTimestamp(request.startTime, 'start_time'),
    endAt: atFromTimestamp(request.endTime, 'end_time'),
    bucketMs: msFromDuration(request.bucket, 'bucket') ?? null,
  };
}

type StatsResponseInit = MessageInitShape<typeof StatsResponseSchema>;

/** Makes Stats' response. */
export function statsResponse({ figures, buckets }: StatsAnswer): StatsResponseInit {
  return { figures: pbFiguresFrom(figures), buckets: buckets.map(pbBucketFrom) };
}

function scopeFrom(scope: StatsRequest['scope']): StatsScope {
  switch (scope.case) {
    case 'sessionId':
      return { kind: 'session', id: scope.value };
    case 'userId':
      return { kind: 'user', id: scope.value };
    case 'agentId':
      return { kind: 'agent', id: scope.value };
    case 'tenant':
    case 'instance':
      if (scope.value) return { kind: scope.case };
      throw new SessionError('INVALID_FIELD', `${scope.case} is false; set it to true, or leave it out`, {
        field: scope.case,
      });
    case undefined:
      return { kind: 'tenant' };
  }
}

function pbFiguresFrom(figures: StatsAnswer['figures']): NonNullable<StatsResponseInit['figures']> {
  switch (figures.kind) {
    case 'session':
      return { case: 'session', value: pbSessionStatsFrom(figures.session) };
    case 'group':
      return { case: 'group', value: pbGroupStatsFrom(figures.group) };
    case 'instance':
      return { case: 'instance', value: pbInstanceStatsFrom(figures.instance) };
  }
}

function pbSessionStatsFrom(figures: SessionFigures): MessageInitShape<typeof SessionStatsSchema> {
  const { sessionId, status, counters, roles, tools, lastError, responseTimes, durationMs, idleMs } = figures;
  const totalTokens = counters.inputTokens + counters.outputTokens;
  return {
    sessionId,
    status: statusNames.numberOf(status),
    counters: pbCountersFrom({ ...counters, totalTokens }),
    roles: roles.map(({ role, messageCount, tokenCount }) => ({
      role: roleNames.numberOf(role),
      messageCount,
      tokenCount: BigInt(tokenCount),
    })),
    tools: tools.map(pbToolFrom),
    lastError: pbLastErrorFrom(lastError),
    responseTimes: pbTimesFrom(responseTimes),
    duration: durationFromMs(durationMs),
    idleTime: durationFromMs(idleMs),
  };
}

function pbGroupStatsFrom(figures: GroupFigures): MessageInitShape<typeof GroupStatsSchema> {
  const { sessionCount, channels, successRate, failures, averageQuality, qualityCount, messageCount } = figures;
  const { inputTokens, outputTokens, averageMessages, errorCount } = figures;
  return {
    sessionCount,
    statuses: figures.statuses.map((entry) => ({ ...entry, status: statusNames.numberOf(entry.status) })),
    channels,
    successRate,
    failures,
    averageQuality,
    qualityCount,
    responseTimes: pbTimesFrom(figures.responseTimes),
    messageCount,
    inputTokens: BigInt(inputTokens),
    outputTokens: BigInt(outputTokens),
    totalTokens: BigInt(inputTokens + outputTokens),
    averageMessages,
    averageDuration: durationFromMs(figures.averageDurationMs),
    activeAgents: figures.activeAgents.map(({ agentId, activeSessions, agentStatus, agentStatusAt }) => ({
      agentId,
      activeSessions,
      agentStatus,
      statusTime: timestampFromAt(agentStatusAt),
    })),
    tools: figures.tools.map(pbToolFrom),
    errorCount,
    lastError: pbLastErrorFrom(figures.lastError),
  };
}

function pbInstanceStatsFrom(figures: InstanceFigures): MessageInitShape<typeof InstanceStatsSchema> {
  const { sessionCounts, activity, isDualTtl, isSliding, sweeperBacklog } = figures;
  return {
    startTime: timestampFromAt(activity.startedAt),
    cachedSessions: activity.cachedSessions,
    activeSessions: sessionCounts.ACTIVE,
    dormantSessions: sessionCounts.DORMANT,
    endedSessions: sessionCounts.ENDED,
    expiredSessions: sessionCounts.EXPIRED,
    dormancies: activity.dormancies,
    expiries: activity.expiries,
    cacheLayers: activity.cacheLayers.map(({ name, entryCount, hits, misses }) => ({
      name,
      entryCount,
      hits: BigInt(hits),
      misses: BigInt(misses),
      hitRate: hits + misses === 0 ? 0 : hits / (hits + misses),
    })),
    dormantAfter: durationFromMs(figures.dormantAfterMs),
    ttl: durationFromMs(figures.ttlMs),
    dualTtl: isDualTtl,
    sliding: isSliding,
    averageIdleTime: durationFromMs(figures.averageIdleMs),
    longestIdleTime: durationFromMs(figures.longestIdleMs),
    shortestIdleTime: durationFromMs(figures.shortestIdleMs),
    sweeperBacklog,
    watchers: activity.watchers,
  };
}

function pbBucketFrom(bucket: SeriesBucket): MessageInitShape<typeof StatsBucketSchema> {
  const { startAt, sessionsCreated, sessionsCompleted, sessionsFailed, sessionsExpired, messageCount } = bucket;
  return {
    startTime: timestampFromAt(startAt),
    sessionsCreated,
    sessionsCompleted,
    sessionsFailed,
    sessionsExpired,
    messageCount,
    inputTokens: BigInt(bucket.inputTokens),
    outputTokens: BigInt(bucket.outputTokens),
  };
}

function pbToolFrom(tool: ToolFigures): MessageInitShape<typeof ToolStatsSchema> {
  const { name, callCount, failureCount } = tool;
  return {
    name,
    callCount,
    failureCount,
    totalDuration: durationFromMs(tool.totalDurationMs),
    averageDuration: durationFromMs(tool.averageDurationMs),
    p95Duration: durationFromMs(tool.p95DurationMs),
  };
}

function pbTimesFrom(times: ResponseTimes): MessageInitShape<typeof ResponseTimesSchema> {
  return {
    count: times.count,
    average: durationFromMs(times.averageMs),
    p50: durationFromMs(times.p50Ms),
    p95: durationFromMs(times.p95Ms),
    p99: durationFromMs(times.p99Ms),
  };
}

function pbLastErrorFrom(
  error: { message: string; at: number } | null,
): MessageInitShape<typeof LastErrorSchema> | undefined {
  return error === null ? undefined : { message: error.message, recordTime: timestampFromAt(error.at) };
}
