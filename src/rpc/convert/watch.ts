import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  WatchStart as PbStart,
  type WatchExpiryRequest,
  type WatchExpiryResponseSchema,
  type WatchRequest,
  type WatchResponseSchema,
} from '../../../gen/threadkeep/v1/watch_pb.ts';
import { oncePer } from '../../model/once-per.ts';
import type { WatchStart } from '../../operations/engine/watch-position.ts';
import type { WatchInput, WatchStep } from '../../operations/watch.ts';
import type { WatchExpiryInput, WatchExpiryStep } from '../../operations/watch-expiry.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { msFromDuration } from './duration.ts';
import { createEnumNames } from './enum-names.ts';
import { eventKindNames, pbEventFrom } from './event.ts';
import { pbHeadFrom, pbSessionFrom } from './session.ts';
import { atFromTimestamp } from './timestamp.ts';

const startNames = createEnumNames({ now: PbStart.NOW, earliest: PbStart.EARLIEST });

/** Reads Watch's request. */
export function watchInput({ sessionId, afterSequence }: WatchRequest): WatchInput {
  return { sessionId, afterSequence };
}

type WatchResponseInit = MessageInitShape<typeof WatchResponseSchema>;

/** Makes one response of Watch. */
export function watchResponse({ head, event }: WatchStep, isBinary: boolean): WatchResponseInit {
  return { head: pbHeadFrom(head), event: pbWatchEventFrom(event, isBinary) };
}

/** Reads WatchExpiry's request. */
export function watchExpiryInput(request: WatchExpiryRequest): WatchExpiryInput {
  const { sessionIds, userId, agentId } = request;
  return {
    kinds: request.kinds.map((kind, index) => eventKindNames.nameOf(kind, `kinds[${index}]`)),
    sessionIds,
    userId,
    agentId,
    start: startFrom(request.start),
    progressIntervalMs: msFromDuration(request.progressInterval, 'progress_interval') ?? null,
  };
}

type WatchExpiryResponseInit = MessageInitShape<typeof WatchExpiryResponseSchema>;

/** Makes one response of WatchExpiry: one for all that are told the same step. */
export const watchExpiryResponse: (step: WatchExpiryStep) => WatchExpiryResponseInit = oncePer(
  ({ resumeToken, event }: WatchExpiryStep) => ({ resumeToken, event: pbExpiryEventFrom(event) }),
);

/** Makes the last response of a stream that is to be opened again, from the one before; null when that was it. */
export function closing<Response extends WatchResponseInit | WatchExpiryResponseInit>(last: Response): Response | null {
  if (last.event?.case === 'progress' && last.event.value.closing) return null;
  return { ...last, event: { case: 'progress', value: { closing: true } } };
}

function pbWatchEventFrom(event: WatchStep['event'], isBinary: boolean): NonNullable<WatchResponseInit['event']> {
  switch (event.kind) {
    case 'opened':
    case 'sessionChanged':
      return { case: event.kind, value: { session: pbSessionFrom(event.session) } };
    case 'messagesAdded':
      return { case: 'messagesAdded', value: { messages: pbMessagesFrom(event.messages, isBinary) } };
    case 'messagesRemoved': {
      const ranges = event.ranges.map(([firstSequence, lastSequence]) => ({ firstSequence, lastSequence }));
      return { case: 'messagesRemoved', value: { ranges } };
    }
    case 'progress':
      return { case: 'progress', value: { closing: event.closing } };
  }
}

function pbExpiryEventFrom(event: WatchExpiryStep['event']): NonNullable<WatchExpiryResponseInit['event']> {
  switch (event.kind) {
    case 'opened':
      return { case: 'opened', value: {} };
    case 'events':
      return { case: 'events', value: { events: event.events.map(pbEventFrom) } };
    case 'progress':
      return { case: 'progress', value: { closing: event.closing } };
  }
}

function startFrom(start: WatchExpiryRequest['start']): WatchStart {
  switch (start.case) {
    case 'startTime':
      return { kind: 'time', startAt: atFromTimestamp(start.value, 'start_time') ?? 0 };
    case 'resumeToken':
      return { kind: 'token', resumeToken: start.value };
    case 'startPosition':
      return { kind: startNames.nameOf(start.value, 'start_position', 'now') };
    case undefined:
      return { kind: 'now' };
  }
}
