import type { StoredMessage } from '../model/message.ts';

/** MessageRange is a span of sequences, both ends excluded; reading stops at `limit` messages or once `bytesMax` is passed. */
export interface MessageRange {
  afterSequence: number;
  /** 0 = no upper end. */
  beforeSequence: number;
  /** From which end `limit` counts; the answer is ascending either way. */
  from: 'oldest' | 'newest';
  limit: number;
  /** Most bytes of bodies; the message that would pass it is left out, unless it is the first. Absent = no bound. */
  bytesMax?: number;
}

/** MessageStore reads committed messages by the uid they hang on. Hidden ranges are the caller's business. */
export interface MessageStore {
  /** Reads a span, ascending; its cost depends on what is answered, never on the age of the session. */
  read(tenant: string, uid: string, range: MessageRange, signal?: AbortSignal): Promise<StoredMessage[]>;

  /** Finds messages by the caller's message ids, ascending; unknown ids are absent. */
  findById(tenant: string, uid: string, messageIds: readonly string[], signal?: AbortSignal): Promise<StoredMessage[]>;

  /** Finds the first message of a turn_id above `afterSequence`; null when there is none. */
  findTurn(tenant: string, uid: string, turnId: string, afterSequence: number): Promise<StoredMessage | null>;
}
