import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  RecordActivityRequest,
  RecordActivityResponseSchema,
  ToolActivity,
} from '../../../gen/threadkeep/v1/activity_pb.ts';
import type { RecordActivityAnswer, RecordActivityInput } from '../../operations/record-activity.ts';
import { msFromDuration } from './duration.ts';
import { pbCountersFrom, pbHeadFrom } from './session.ts';

/** Reads RecordActivity's request. */
export function recordActivityInput(request: RecordActivityRequest): RecordActivityInput {
  const { sessionId, requestId, agentId, toolCall, error, responseTime, agentStatus } = request;
  return {
    sessionId,
    requestId,
    agentId,
    toolCall: toolCall === undefined ? null : toolCallFrom(toolCall),
    error: error === undefined ? null : { message: error.message },
    responseTimeMs: msFromDuration(responseTime, 'response_time') ?? null,
    agentStatus,
  };
}

/** Makes RecordActivity's response. */
export function recordActivityResponse(
  answer: RecordActivityAnswer,
): MessageInitShape<typeof RecordActivityResponseSchema> {
  const { head, counters } = answer;
  return {
    ...(head === null ? {} : { head: pbHeadFrom(head) }),
    ...(counters === null ? {} : { counters: pbCountersFrom(counters) }),
  };
}

function toolCallFrom({ callId, name, duration, success }: ToolActivity): RecordActivityInput['toolCall'] {
  return { callId, name, durationMs: msFromDuration(duration, 'tool_call.duration') ?? null, success };
}
