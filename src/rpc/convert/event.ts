import { create } from '@bufbuild/protobuf';
import {
  type SessionEvent as PbEvent,
  SessionEventKind as PbKind,
  SessionEventReason as PbReason,
  SessionEventSchema,
} from '../../../gen/threadkeep/v1/event_pb.ts';
import type { EventKind } from '../../model/event.ts';
import { oncePer } from '../../model/once-per.ts';
import type { EndReason } from '../../model/session.ts';
import type { LoggedEvent } from '../../operations/event-batches.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { timestampFromAt } from './timestamp.ts';

/** The model's kinds of events and the contract's numbers. */
export const eventKindNames: EnumNames<EventKind, PbKind> = createEnumNames({
  EXPIRING: PbKind.EXPIRING,
  DORMANT: PbKind.DORMANT,
  EXPIRED: PbKind.EXPIRED,
  ENDED: PbKind.ENDED,
  DELETED: PbKind.DELETED,
});

const reasonNames: EnumNames<EndReason, PbReason> = createEnumNames({
  CALLER: PbReason.CALLER,
  USER_SESSION_LIMIT: PbReason.USER_SESSION_LIMIT,
  IDLE: PbReason.IDLE,
  TTL: PbReason.TTL,
  MAX_TTL: PbReason.MAX_TTL,
  RETENTION: PbReason.RETENTION,
  CLEANUP: PbReason.CLEANUP,
  ERASURE: PbReason.ERASE,
  EXPIRING_LEAD: PbReason.TTL,
});

/** Makes an event of an answer: one for all that watch it. */
export const pbEventFrom: (event: LoggedEvent) => PbEvent = oncePer((event: LoggedEvent) => {
  const { eventId, sequence, sessionId, generation, userId, agentId } = event;
  return create(SessionEventSchema, {
    eventId,
    sequence: BigInt(sequence),
    kind: eventKindNames.numberOf(event.kind),
    sessionId,
    generation,
    reason: reasonNames.numberOf(event.reason),
    deadlineTime: timestampFromAt(event.deadlineAt),
    recordTime: timestampFromAt(event.recordedAt),
    lastAccessTime: timestampFromAt(event.lastAccessAt),
    userId,
    agentId,
  });
});
