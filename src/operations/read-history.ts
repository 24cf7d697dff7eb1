import { checkNumber } from '../model/checks/check-number.ts';
import type { StoredMessage } from '../model/message.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { type MessagesSource, selectNewest } from './select-messages.ts';
import type { SessionView } from './session-view.ts';
import { sessionViewBytes } from './session-view-bytes.ts';

/** HistoryRead says how many of a session's newest messages go into an answer beside the session. */
export interface HistoryRead {
  source: MessagesSource;
  session: SessionView;
  /** 0 = none. */
  limit: number;
}

/** Throws INVALID_FIELD unless `history_limit` is a count. */
export function checkHistoryLimit(limit: number): void {
  checkNumber('history_limit', limit);
}

/**
 * Reads the newest messages, oldest first, inline files without their bytes; the oldest are left out where the answer
 * would be too large.
 */
export async function readHistory(engine: Engine, caller: Caller, read: HistoryRead): Promise<StoredMessage[]> {
  if (read.limit === 0) return [];
  const { answerBytesMax, pageSizeMax } = engine.settings.limits;
  const bytesMax = Math.max(1, answerBytesMax - sessionViewBytes(read.session));
  const count = Math.min(read.limit, pageSizeMax);
  return selectNewest(engine, read.source, { count, bytesMax }, caller.signal);
}
