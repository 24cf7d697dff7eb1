import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ConversationRecord,
  ExportRequest,
  ExportResponseSchema,
  ImportRequest,
  ImportResponseSchema,
} from '../../../gen/threadkeep/v1/admin_service_pb.ts';
import type { Session as PbSession } from '../../../gen/threadkeep/v1/session_pb.ts';
import type { SessionSpec } from '../../model/call.ts';
import { SessionError } from '../../model/session-error.ts';
import type { ImportedPiece } from '../../operations/assemble-conversations.ts';
import type { ExportedPiece, ExportInput } from '../../operations/export.ts';
import type { ImportAnswer } from '../../operations/import.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { jsonObjectFrom } from './json-object.ts';
import { newMessageFrom } from './message.ts';
import { pbSessionFrom, termsFrom } from './session.ts';
import { newSummaryFrom, pbSummaryFrom } from './summary.ts';
import { atFromTimestamp } from './timestamp.ts';

/** Reads Export's request. */
export function exportInput(request: ExportRequest): ExportInput {
  const { userId, agentId, sessionIds } = request;
  return {
    userId,
    agentId,
    sessionIds,
    createdAfter: atFromTimestamp(request.createdAfter, 'created_after'),
    createdBefore: atFromTimestamp(request.createdBefore, 'created_before'),
  };
}

/** Makes one response of Export. */
export function exportResponse(piece: ExportedPiece, isBinary: boolean): MessageInitShape<typeof ExportResponseSchema> {
  const { session, messages, summaries, more } = piece;
  return {
    record: {
      ...(session === null ? {} : { session: pbSessionFrom(session) }),
      messages: pbMessagesFrom(messages, isBinary),
      summaries: summaries.map(pbSummaryFrom),
      more,
    },
  };
}

/** Reads one request of Import; what is wrong with it is told of its conversation, and does not end the stream. */
export function importedPiece({ record }: ImportRequest): ImportedPiece {
  try {
    return pieceFrom(record);
  } catch (fault) {
    if (!(fault instanceof SessionError)) throw fault;
    return { sessionId: record?.session?.sessionId ?? '', fault, more: record?.more ?? false };
  }
}

function pieceFrom(record: ConversationRecord | undefined): ImportedPiece {
  if (record === undefined) throw new SessionError('INVALID_FIELD', 'record is missing; set it', { field: 'record' });
  const { session, messages, summaries, more } = record;
  return {
    session: session === undefined ? null : { sessionId: session.sessionId, spec: specFrom(session) },
    messages: messages.map((message, index) => newMessageFrom(message, `record.messages[${index}]`)),
    summaries: summaries.map((summary, index) => newSummaryFrom(summary, `record.summaries[${index}]`)),
    more,
  };
}

/** Makes Import's response. */
export function importResponse(answer: ImportAnswer): MessageInitShape<typeof ImportResponseSchema> {
  return answer;
}

function specFrom(session: PbSession): SessionSpec {
  const { userId, agentId, channel, conversationKey, title, labels, model, tokenLimit, neverExpires } = session;
  return {
    userId,
    agentId,
    channel,
    conversationKey,
    title,
    labels,
    metadata: jsonObjectFrom(session.metadata),
    state: jsonObjectFrom(session.state),
    terms: { ...termsFrom(session, 'record.session.'), neverExpires: neverExpires || undefined },
    model,
    tokenLimit,
    ifExists: 'FAIL',
  };
}
