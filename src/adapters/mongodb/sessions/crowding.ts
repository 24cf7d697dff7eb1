import type { Changes } from '../../../model/basis.ts';
import type { SessionDocument } from '../database/documents.ts';
import { KEPT_MESSAGES, TAIL_BYTES_MAX, TAIL_MESSAGES_MAX } from '../messages/tail.ts';
import { REQUEST_IDS_KEPT } from './call-memory.ts';

/** TailFill is how full a session's tail is: up to which number its messages are in `messages`, and its bytes. */
export type TailFill = Pick<SessionDocument, 'moved' | 'tailBytes'>;

/** Above these a session is moved on at once: half of what its tail can hold waits to be moved. */
const WAITING_MAX = 32;
const TAIL_BYTES_USUAL = 44 * 1024;

/** Tells whether a session should be moved on after a commit. */
export function isCrowded({ messages, header, recorded }: Changes, { moved, tailBytes }: TailFill): boolean {
  const isFullOfIds = recorded.length > 0 && isTimeToMoveIds(header.requestIds.next, recorded.length);
  return (
    isFullOfIds || (messages.length > 0 && (header.lastSequence - moved > WAITING_MAX || tailBytes > TAIL_BYTES_USUAL))
  );
}

/** Tells whether a tail that may be so full after a commit surely had room for it, even if all that waits lay beside what stays. */
export function hasSurelyRoom({ header }: Changes, { moved, tailBytes }: TailFill): boolean {
  return header.lastSequence - moved <= TAIL_MESSAGES_MAX - KEPT_MESSAGES && tailBytes <= TAIL_BYTES_MAX;
}

/** Once in 32 request ids those that are no longer kept beside the header are let go. */
function isTimeToMoveIds(next: number, added: number): boolean {
  return next > REQUEST_IDS_KEPT && next % WAITING_MAX < added;
}
