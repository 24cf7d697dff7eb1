import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  GetRequest,
  GetResponseSchema,
  ListRequest,
  ListResponseSchema,
} from '../../../gen/threadkeep/v1/lookup_pb.ts';
import type { GetAnswer, GetInput } from '../../operations/get.ts';
import type { ListAnswer, ListInput } from '../../operations/list.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { pbHeadFrom, pbSessionFrom, statusNames } from './session.ts';
import { atFromTimestamp } from './timestamp.ts';

/** Reads Get's request. */
export function getInput({ sessionId, minVersion, peek, historyLimit }: GetRequest): GetInput {
  return { sessionId, minVersion, peek, historyLimit };
}

/** Makes Get's response. */
export function getResponse(answer: GetAnswer, isBinary: boolean): MessageInitShape<typeof GetResponseSchema> {
  return {
    head: pbHeadFrom(answer.head),
    session: pbSessionFrom(answer.session),
    usable: answer.usable,
    messages: pbMessagesFrom(answer.messages, isBinary),
  };
}

/** Reads List's request. */
export function listInput(request: ListRequest): ListInput {
  const { userId, agentId, channel, conversationKey, labels, titleQuery, orderBy, pageSize, pageToken } = request;
  return {
    userId,
    agentId,
    channel,
    conversationKey,
    statuses: request.statuses.map((status, index) => statusNames.nameOf(status, `statuses[${index}]`)),
    labels,
    titleQuery,
    createdAfter: atFromTimestamp(request.createdAfter, 'created_after'),
    createdBefore: atFromTimestamp(request.createdBefore, 'created_before'),
    accessedAfter: atFromTimestamp(request.accessedAfter, 'accessed_after'),
    accessedBefore: atFromTimestamp(request.accessedBefore, 'accessed_before'),
    orderBy,
    pageSize,
    pageToken,
  };
}

/** Makes List's response. */
export function listResponse(answer: ListAnswer): MessageInitShape<typeof ListResponseSchema> {
  const { nextPageToken, watchToken } = answer;
  return { sessions: answer.sessions.map(pbSessionFrom), nextPageToken, watchToken };
}
