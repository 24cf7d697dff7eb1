import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  AddedMessage as AddedMessageInit,
  AddMessageRequest,
  AddMessageResponseSchema,
  AddMessagesRequest,
  AddMessagesResponseSchema,
  ClearMessagesRequest,
  ClearMessagesResponseSchema,
  ListMessagesRequest,
  ListMessagesResponseSchema,
  RewindRequest,
  RewindResponseSchema,
} from '../../../gen/threadkeep/v1/history_pb.ts';
import type { Cut } from '../../model/call.ts';
import { SessionError } from '../../model/session-error.ts';
import type { AddMessageAnswer, AddMessageInput } from '../../operations/add-message.ts';
import type { AddMessagesAnswer, AddMessagesInput } from '../../operations/add-messages.ts';
import type { AddedMessage } from '../../operations/append-messages.ts';
import type { ClearMessagesAnswer, ClearMessagesInput } from '../../operations/clear-messages.ts';
import type { ListMessagesAnswer, ListMessagesInput } from '../../operations/list-messages.ts';
import type { RewindAnswer, RewindInput } from '../../operations/rewind.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { jsonObjectFrom } from './json-object.ts';
import { newSessionInput } from './lifecycle.ts';
import { newMessageFrom, roleNames } from './message.ts';
import { pbCountersFrom, pbHeadFrom } from './session.ts';
import { pbSummaryFrom } from './summary.ts';
import { atFromTimestamp, timestampFromAt } from './timestamp.ts';

/** Reads AddMessage's request. */
export function addMessageInput(request: AddMessageRequest): AddMessageInput {
  return { ...appendInput(request), message: newMessageFrom(request.message, 'message') };
}

/** Makes AddMessage's response. */
export function addMessageResponse(answer: AddMessageAnswer): MessageInitShape<typeof AddMessageResponseSchema> {
  return { head: pbHeadFrom(answer.head), counters: pbCountersFrom(answer.counters), ...pbAddedFields(answer) };
}

/** Reads AddMessages' request. */
export function addMessagesInput(request: AddMessagesRequest): AddMessagesInput {
  return {
    ...appendInput(request),
    messages: request.messages.map((message, index) => newMessageFrom(message, `messages[${index}]`)),
    rewindThroughSequence: request.rewindThroughSequence ?? null,
  };
}

/** Makes AddMessages' response. */
export function addMessagesResponse(answer: AddMessagesAnswer): MessageInitShape<typeof AddMessagesResponseSchema> {
  return {
    head: pbHeadFrom(answer.head),
    messages: answer.messages.map(pbAddedFields),
    counters: pbCountersFrom(answer.counters),
    removedCount: answer.removedCount,
  };
}

/** Reads ListMessages' request. */
export function listMessagesInput(request: ListMessagesRequest): ListMessagesInput {
  const { sessionId, minVersion, afterSequence, beforeSequence, last, messageIds } = request;
  const { includeSummaries, includeFiles, peek, pageSize, pageToken } = request;
  return {
    sessionId,
    minVersion,
    afterSequence,
    beforeSequence,
    last,
    messageIds,
    roles: request.roles.map((role, index) => roleNames.nameOf(role, `roles[${index}]`)),
    sentAfter: atFromTimestamp(request.sentAfter, 'sent_after'),
    includeSummaries,
    includeFiles,
    peek,
    pageSize,
    pageToken,
  };
}

/** Makes ListMessages' response. */
export function listMessagesResponse(
  answer: ListMessagesAnswer,
  isBinary: boolean,
): MessageInitShape<typeof ListMessagesResponseSchema> {
  return {
    head: pbHeadFrom(answer.head),
    messages: pbMessagesFrom(answer.messages, isBinary),
    summaries: answer.summaries.map(pbSummaryFrom),
    nextPageToken: answer.nextPageToken,
  };
}

/** Reads Rewind's request. */
export function rewindInput(request: RewindRequest): RewindInput {
  const { sessionId, requestId, expectedVersion } = request;
  return { sessionId, requestId, expectedVersion, cut: cutFrom(request.cut) };
}

/** Makes Rewind's response. */
export function rewindResponse(answer: RewindAnswer, isBinary: boolean): MessageInitShape<typeof RewindResponseSchema> {
  const { removedCount, removedTruncated } = answer;
  const removedMessages = pbMessagesFrom(answer.removedMessages, isBinary);
  return { head: pbHeadFrom(answer.head), removedCount, removedMessages, removedTruncated };
}

/** Reads ClearMessages' request. */
export function clearMessagesInput(request: ClearMessagesRequest): ClearMessagesInput {
  const { sessionId, requestId, expectedVersion, clearSummaries } = request;
  return { sessionId, requestId, expectedVersion, clearSummaries };
}

/** Makes ClearMessages' response. */
export function clearMessagesResponse(
  answer: ClearMessagesAnswer,
): MessageInitShape<typeof ClearMessagesResponseSchema> {
  return { head: pbHeadFrom(answer.head), removedCount: answer.removedCount };
}

type AddedFields = Pick<AddedMessageInit, 'sequence' | 'tokenCount' | 'createTime'>;

function appendInput(request: AddMessageRequest | AddMessagesRequest): Omit<AddMessageInput, 'message'> {
  const { sessionId, requestId, expectedVersion, statePatch, startIfMissing } = request;
  return {
    sessionId,
    requestId,
    expectedVersion,
    statePatch: jsonObjectFrom(statePatch),
    startIfMissing: startIfMissing === undefined ? null : newSessionInput(startIfMissing, 'start_if_missing.'),
  };
}

function pbAddedFields({ sequence, tokenCount, createdAt }: AddedMessage): AddedFields {
  return { sequence, tokenCount, createTime: timestampFromAt(createdAt) };
}

function cutFrom(cut: RewindRequest['cut']): Cut {
  switch (cut.case) {
    case 'throughSequence':
      return { kind: 'throughSequence', sequence: cut.value };
    case 'lastMessages':
    case 'lastTurns':
      return { kind: cut.case, count: cut.value };
    case 'turnId':
      return { kind: 'turnId', turnId: cut.value };
    case undefined: {
      const remedy = 'set through_sequence, last_messages, last_turns or turn_id';
      throw new SessionError('INVALID_FIELD', `cut is required; ${remedy}`, { field: 'cut' });
    }
  }
}
