/** SummaryKind: COMPACTION stands for its messages, TURN stands beside them. */
export type SummaryKind = 'COMPACTION' | 'TURN';

/** Summary stands for, or beside, the messages `firstSequence..lastSequence` (both included). */
export interface Summary {
  kind: SummaryKind;
  firstSequence: number;
  lastSequence: number;
  text: string;
  tokenCount: number;
  createdAt: number;
  source: 'CALLER';
}
