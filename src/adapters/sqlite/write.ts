import type { ToolCallRecord } from '../../model/activity.ts';
import type { RecordedCall } from '../../model/basis.ts';
import type { CommitOutcome } from '../../ports/session-store.ts';
import type { MessageColumns } from './message-codec.ts';
import type { PartTable } from './schema.ts';
import type { SessionColumns } from './session-codec.ts';

/** CommitWrite is one commit as it crosses to the writer: rows but for the keys and checksums that only the writer knows. */
export interface CommitWrite {
  kind: 'commit';
  tenant: string;
  /** What the stored header must still be; null = absent. */
  basis: BasisMark | null;
  session: SessionColumns;
  lastSequence: number;
  isSlide: boolean;
  /** Which columns differ from the basis', so that an index is touched only where it changes. */
  extent: UpdateExtent;
  messages: NewMessageRow[];
  /** The bodies of `messages`, in the same order. */
  bodies: Uint8Array[];
  parts: [table: PartTable, body: string][];
  recorded: RecordedCall[];
  forgetThrough: number;
  toolCalls: ToolCallRecord[];
  tokenCounts: { sequence: number; tokenCount: number }[];
  claims: string[];
  released: string[];
  discardThrough: number;
  events: NewEventRow | null;
}

/**
 * UpdateExtent says how much of a sessions row an update writes: `header` what every append changes and no index holds,
 * `times` also what the indexes by access and due time hold, `everything` also whose session it is.
 */
export type UpdateExtent = 'header' | 'times' | 'everything';

/** BasisMark is what tells whether a header still is the one that was read. */
export interface BasisMark {
  uid: string;
  rev: number;
  /** As in their column; a slide changes them and leaves rev. */
  deadlines: string;
}

/** NewMessageRow is a message to insert; `terms` are separated by blanks. */
export interface NewMessageRow {
  sequence: number;
  columns: MessageColumns;
  terms: string;
}

/** NewEventRow is a row for the event log, not yet numbered. */
export interface NewEventRow {
  eid: string;
  recordedAt: number;
  body: string;
}

/** Write is anything that changes the file; all of it goes through the one writer. */
export type Write =
  | CommitWrite
  | { kind: 'forget'; tenant: string; sessionId: string; uid: string; rev: number }
  | {
      kind: 'commitAgent';
      tenant: string;
      agentId: string;
      rev: number;
      updatedAt: number;
      body: string;
      basisRev: number;
    }
  | { kind: 'purgeAgents'; updatedBefore: number }
  | { kind: 'compactEvents'; recordedBefore: number; limit: number }
  | { kind: 'blankUser'; tenant: string; userId: string; afterNumber: number; limit: number }
  | { kind: 'beat'; instanceId: string; at: number }
  | { kind: 'addOutage'; from: number; to: number }
  | { kind: 'collectGarbage'; limit: number };

/** WriteAnswers says what each kind of write is answered with. */
export interface WriteAnswers {
  commit: Exclude<CommitOutcome, 'unknown'>;
  forget: null;
  commitAgent: boolean;
  /** Rows removed. */
  purgeAgents: number;
  compactEvents: number;
  /** Events changed, and the last row looked at; 0 = there are no more. */
  blankUser: { changed: number; lastNumber: number };
  beat: null;
  addOutage: null;
  collectGarbage: number;
}

/** WriteAnswer is the answer to any write. */
export type WriteAnswer = WriteAnswers[Write['kind']];
