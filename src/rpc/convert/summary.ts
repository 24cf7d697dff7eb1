import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type AddSummaryRequest,
  type AddSummaryResponseSchema,
  SummaryKind as PbKind,
  SummarySource as PbSource,
  type Summary as PbSummary,
  type SummarySchema,
} from '../../../gen/threadkeep/v1/summary_pb.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Summary, SummaryKind } from '../../model/summary.ts';
import type { AddSummaryAnswer, AddSummaryInput } from '../../operations/add-summary.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { pbHeadFrom } from './session.ts';
import { timestampFromAt } from './timestamp.ts';

const kindNames: EnumNames<SummaryKind, PbKind> = createEnumNames({
  COMPACTION: PbKind.COMPACTION,
  TURN: PbKind.TURN,
});
const sourceNames: EnumNames<Summary['source'], PbSource> = createEnumNames({ CALLER: PbSource.CALLER });

/** Reads AddSummary's request. */
export function addSummaryInput(request: AddSummaryRequest): AddSummaryInput {
  const { sessionId, requestId, expectedVersion, summary } = request;
  if (summary === undefined)
    throw new SessionError('INVALID_FIELD', 'summary is missing; set it', { field: 'summary' });
  return { sessionId, requestId, expectedVersion, summary: newSummaryFrom(summary, 'summary') };
}

/** Makes AddSummary's response. */
export function addSummaryResponse(answer: AddSummaryAnswer): MessageInitShape<typeof AddSummaryResponseSchema> {
  return { head: pbHeadFrom(answer.head), summary: pbSummaryFrom(answer.summary) };
}

/** Reads a summary of a request, without what the service sets. */
export function newSummaryFrom(summary: PbSummary, path: string): AddSummaryInput['summary'] {
  const { firstSequence, lastSequence, text, tokenCount } = summary;
  const kind = kindNames.nameOf(summary.kind, `${path}.kind`, 'COMPACTION');
  return { kind, firstSequence, lastSequence, text, tokenCount };
}

/** Makes a summary of an answer. */
export function pbSummaryFrom(summary: Summary): MessageInitShape<typeof SummarySchema> {
  const { firstSequence, lastSequence, text, tokenCount } = summary;
  return {
    kind: kindNames.numberOf(summary.kind),
    firstSequence,
    lastSequence,
    text,
    tokenCount,
    createTime: timestampFromAt(summary.createdAt),
    source: sourceNames.numberOf(summary.source),
  };
}
