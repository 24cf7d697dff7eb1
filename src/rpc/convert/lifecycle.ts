import type { MessageInitShape } from '@bufbuild/protobuf';
import type { StartIfMissing } from '../../../gen/threadkeep/v1/history_pb.ts';
import {
  type DeleteRequest,
  type DeleteResponseSchema,
  type EndRequest,
  type EndResponseSchema,
  IfExists as PbIfExists,
  type ResumeRequest,
  type ResumeResponseSchema,
  type StartRequest,
  type StartResponseSchema,
  type TouchRequest,
  type TouchResponseSchema,
  type UpdateRequest,
  type UpdateResponseSchema,
} from '../../../gen/threadkeep/v1/lifecycle_pb.ts';
import { Outcome as PbOutcome } from '../../../gen/threadkeep/v1/session_pb.ts';
import type { IfExists } from '../../model/call.ts';
import { SessionError } from '../../model/session-error.ts';
import type { DeleteAnswer, DeleteInput } from '../../operations/delete.ts';
import type { EndAnswer, EndInput } from '../../operations/end.ts';
import type { NewSessionInput } from '../../operations/new-session.ts';
import type { ResumeAnswer, ResumeInput } from '../../operations/resume.ts';
import type { StartAnswer, StartInput } from '../../operations/start.ts';
import type { TouchAnswer, TouchInput } from '../../operations/touch.ts';
import type { UpdateAnswer, UpdateInput } from '../../operations/update.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { jsonObjectFrom } from './json-object.ts';
import { outcomeNames, pbHeadFrom, pbSessionFrom, termsFrom } from './session.ts';

const ifExistsNames: EnumNames<IfExists, PbIfExists> = createEnumNames({
  FAIL: PbIfExists.FAIL,
  RETURN: PbIfExists.RETURN,
  RESUME: PbIfExists.RESUME,
  RESTART: PbIfExists.RESTART,
});

/** Reads Start's request. */
export function startInput(request: StartRequest): StartInput {
  return { ...newSessionInput(request), sessionId: request.sessionId, requestId: request.requestId };
}

/** Reads what a new session is made from; `path` stands before the fields' names. */
export function newSessionInput(from: StartRequest | StartIfMissing, path = ''): NewSessionInput {
  const { userId, agentId, channel, conversationKey, labels, title, neverExpires, model, tokenLimit } = from;
  return {
    userId,
    agentId,
    channel,
    conversationKey,
    labels,
    title,
    neverExpires,
    model,
    tokenLimit,
    ifExists: from.ifExists === PbIfExists.UNSPECIFIED ? null : ifExistsNames.nameOf(from.ifExists, `${path}if_exists`),
    state: jsonObjectFrom(from.state),
    metadata: jsonObjectFrom(from.metadata),
    ...termsFrom(from, path),
  };
}

/** Makes Start's response. */
export function startResponse(answer: StartAnswer): MessageInitShape<typeof StartResponseSchema> {
  return { head: pbHeadFrom(answer.head), session: pbSessionFrom(answer.session), watchToken: answer.watchToken };
}

/** Reads Resume's request. */
export function resumeInput(request: ResumeRequest): ResumeInput {
  const { sessionId, requestId, expectedVersion, userId, agentId, reopen, historyLimit } = request;
  return {
    sessionId,
    requestId,
    expectedVersion,
    userId,
    agentId,
    reopen,
    historyLimit,
    statePatch: jsonObjectFrom(request.statePatch),
    metadataPatch: jsonObjectFrom(request.metadataPatch),
  };
}

/** Makes Resume's response. */
export function resumeResponse(answer: ResumeAnswer, isBinary: boolean): MessageInitShape<typeof ResumeResponseSchema> {
  return {
    head: pbHeadFrom(answer.head),
    session: pbSessionFrom(answer.session),
    previousGeneration: answer.previousGeneration,
    messages: pbMessagesFrom(answer.messages, isBinary),
  };
}

/** Reads Touch's request. */
export function touchInput(request: TouchRequest): TouchInput {
  const { sessionId, requestId, expectedVersion } = request;
  const { dormantAfterMs, ttlMs } = termsFrom(request);
  return {
    sessionId,
    requestId,
    expectedVersion,
    ...(dormantAfterMs === undefined ? {} : { dormantAfterMs }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
}

/** Makes Touch's response. */
export function touchResponse(answer: TouchAnswer): MessageInitShape<typeof TouchResponseSchema> {
  return { head: pbHeadFrom(answer.head) };
}

/** Reads Update's request; a mask without session sets its fields to their empty values. */
export function updateInput(request: UpdateRequest): UpdateInput {
  const { sessionId, requestId, expectedVersion, session, updateMask, stateRemove, metadataRemove } = request;
  const paths = updateMask?.paths ?? [];
  if (session !== undefined && paths.length === 0) {
    const message = 'update_mask is missing; name the fields of session to set';
    throw new SessionError('INVALID_FIELD', message, { field: 'update_mask' });
  }
  return {
    sessionId,
    requestId,
    expectedVersion,
    session: {
      title: session?.title ?? '',
      labels: session?.labels ?? {},
      qualityScore: session?.qualityScore ?? 0,
      model: session?.model ?? '',
      tokenLimit: session?.tokenLimit ?? 0,
      userId: session?.userId ?? '',
      neverExpires: session?.neverExpires ?? false,
      ...termsFrom(session ?? {}, 'session.'),
    },
    updateMask: paths,
    statePatch: jsonObjectFrom(request.statePatch),
    stateRemove,
    metadataPatch: jsonObjectFrom(request.metadataPatch),
    metadataRemove,
  };
}

/** Makes Update's response. */
export function updateResponse(answer: UpdateAnswer): MessageInitShape<typeof UpdateResponseSchema> {
  return { head: pbHeadFrom(answer.head), session: pbSessionFrom(answer.session) };
}

/** Reads End's request. */
export function endInput(request: EndRequest): EndInput {
  const { sessionId, requestId, expectedVersion, errorMessage, qualityScore } = request;
  const outcome = request.outcome === PbOutcome.UNSPECIFIED ? null : outcomeNames.nameOf(request.outcome, 'outcome');
  const metadataPatch = jsonObjectFrom(request.metadataPatch);
  return { sessionId, requestId, expectedVersion, outcome, errorMessage, qualityScore, metadataPatch };
}

/** Makes End's response. */
export function endResponse(answer: EndAnswer): MessageInitShape<typeof EndResponseSchema> {
  return { head: pbHeadFrom(answer.head), session: pbSessionFrom(answer.session), watchToken: answer.watchToken };
}

/** Reads Delete's request. */
export function deleteInput(request: DeleteRequest): DeleteInput {
  const { sessionId, requestId, expectedVersion, allowMissing } = request;
  return { sessionId, requestId, expectedVersion, allowMissing };
}

/** Makes Delete's response. */
export function deleteResponse(answer: DeleteAnswer): MessageInitShape<typeof DeleteResponseSchema> {
  const { head, messagesDeleted, summariesDeleted } = answer;
  return { ...(head === null ? {} : { head: pbHeadFrom(head) }), messagesDeleted, summariesDeleted };
}
