import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  SearchMode as PbMode,
  type SearchHitSchema,
  type SearchRequest,
  type SearchResponseSchema,
} from '../../../gen/threadkeep/v1/search_pb.ts';
import type { SearchAnswer, SearchHit, SearchInput } from '../../operations/search.ts';
import { createEnumNames } from './enum-names.ts';
import { roleNames } from './message.ts';
import { atFromTimestamp, timestampFromAt } from './timestamp.ts';

const modeNames = createEnumNames({ TEXT: PbMode.TEXT });

/** Reads Search's request. */
export function searchInput(request: SearchRequest): SearchInput {
  const { query, pageSize, pageToken } = request;
  modeNames.nameOf(request.mode, 'mode', 'TEXT');
  return {
    query,
    scope: scopeFrom(request.scope),
    roles: request.roles.map((role, index) => roleNames.nameOf(role, `roles[${index}]`)),
    startAt: atFromTimestamp(request.startTime, 'start_time'),
    endAt: atFromTimestamp(request.endTime, 'end_time'),
    pageSize,
    pageToken,
  };
}

/** Makes Search's response. */
export function searchResponse(answer: SearchAnswer): MessageInitShape<typeof SearchResponseSchema> {
  return { hits: answer.hits.map(pbHitFrom), nextPageToken: answer.nextPageToken };
}

function scopeFrom(scope: SearchRequest['scope']): SearchInput['scope'] {
  switch (scope.case) {
    case 'sessionId':
      return { kind: 'session', id: scope.value };
    case 'userId':
      return { kind: 'user', id: scope.value };
    case 'agentId':
      return { kind: 'agent', id: scope.value };
    case undefined:
      return { kind: 'tenant' };
  }
}

function pbHitFrom({ role, createdAt, ...same }: SearchHit): MessageInitShape<typeof SearchHitSchema> {
  const { sessionId, sequence, snippet, marks, score, why } = same;
  const createTime = timestampFromAt(createdAt);
  return { sessionId, sequence, snippet, marks, score, why, role: roleNames.numberOf(role), createTime };
}
