import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CleanupRequest,
  CleanupResponseSchema,
  EraseUserRequest,
  EraseUserResponseSchema,
} from '../../../gen/threadkeep/v1/admin_service_pb.ts';
import type { CleanupAnswer, CleanupInput } from '../../operations/cleanup.ts';
import type { EraseUserAnswer, EraseUserInput } from '../../operations/erase-user.ts';
import { msFromDuration } from './duration.ts';
import { timestampFromAt } from './timestamp.ts';

/** Reads Cleanup's request. */
export function cleanupInput({ olderThan, dryRun, sessionIds }: CleanupRequest): CleanupInput {
  return { olderThanMs: msFromDuration(olderThan, 'older_than') ?? null, dryRun, sessionIds };
}

/** Makes Cleanup's response. */
export function cleanupResponse(answer: CleanupAnswer): MessageInitShape<typeof CleanupResponseSchema> {
  return answer;
}

/** Reads EraseUser's request. */
export function eraseUserInput({ userId }: EraseUserRequest): EraseUserInput {
  return { userId };
}

/** Makes EraseUser's response. */
export function eraseUserResponse(answer: EraseUserAnswer): MessageInitShape<typeof EraseUserResponseSchema> {
  const { receiptId, sessionsDeleted, messagesDeleted, eventsBlanked, erasedAt } = answer;
  return { receiptId, sessionsDeleted, messagesDeleted, eventsBlanked, eraseTime: timestampFromAt(erasedAt) };
}
