import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type BuildContextRequest,
  type BuildContextResponseSchema,
  type ContextReportSchema,
  ContextDecisionKind as PbDecision,
  ContextFormat as PbFormat,
  ContextStrategy as PbStrategy,
} from '../../../gen/threadkeep/v1/context_pb.ts';
import type { ContextReport } from '../../model/context/context-report.ts';
import type { BuildContextAnswer, BuildContextInput } from '../../operations/build-context.ts';
import { pbMessagesFrom } from './answered-message.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { pbHeadFrom } from './session.ts';
import { pbSummaryFrom } from './summary.ts';

const formatNames: EnumNames<BuildContextInput['format'], PbFormat> = createEnumNames({
  NEUTRAL: PbFormat.NEUTRAL,
  OPENAI_CHAT: PbFormat.OPENAI_CHAT,
  ANTHROPIC: PbFormat.ANTHROPIC,
  GEMINI: PbFormat.GEMINI,
});

const strategyNames: EnumNames<BuildContextInput['strategy'], PbStrategy> = createEnumNames({
  RECENT: PbStrategy.RECENT,
});

const decisionNames: EnumNames<ContextReport['decisions'][number]['kind'], PbDecision> = createEnumNames({
  PINNED: PbDecision.PINNED,
  KEPT: PbDecision.KEPT,
  SUMMARIZED: PbDecision.SUMMARIZED,
  DROPPED: PbDecision.DROPPED,
  REPAIRED: PbDecision.REPAIRED,
});

/** Reads BuildContext's request. */
export function buildContextInput(request: BuildContextRequest): BuildContextInput {
  const { sessionId, minVersion, tokenLimit, maxMessages, systemPrompt, omitSummaries, includeFiles } = request;
  return {
    sessionId,
    minVersion,
    tokenLimit,
    maxMessages,
    format: formatNames.nameOf(request.format, 'format', 'NEUTRAL'),
    strategy: strategyNames.nameOf(request.strategy, 'strategy', 'RECENT'),
    systemPrompt,
    omitSummaries,
    includeFiles,
    ifTagNot: request.ifTagNot,
    peek: request.peek,
  };
}

/** Makes BuildContext's response. */
export function buildContextResponse(
  answer: BuildContextAnswer,
  isBinary: boolean,
): MessageInitShape<typeof BuildContextResponseSchema> {
  const { rendered, tokenCount, tokenLimit, tag, unchanged, prefixHash, tokenizer, tokensEstimated } = answer;
  return {
    head: pbHeadFrom(answer.head),
    messages: pbMessagesFrom(answer.messages, isBinary),
    summaries: answer.summaries.map(pbSummaryFrom),
    rendered,
    tokenCount,
    tokenLimit,
    tag,
    unchanged,
    prefixHash,
    report: pbReportFrom(answer.report),
    tokenizer,
    tokensEstimated,
  };
}

function pbReportFrom(report: ContextReport): MessageInitShape<typeof ContextReportSchema> {
  const { keptMessages, summarizedMessages, droppedMessages, sliding } = report;
  return {
    keptMessages,
    keptTokens: BigInt(report.keptTokens),
    summarizedMessages,
    summarizedTokens: BigInt(report.summarizedTokens),
    summaryTokens: BigInt(report.summaryTokens),
    droppedMessages,
    droppedTokens: BigInt(report.droppedTokens),
    sliding,
    decisions: report.decisions.map(({ kind, tokenCount, ...same }) => ({
      firstSequence: same.firstSequence,
      lastSequence: same.lastSequence,
      kind: decisionNames.numberOf(kind),
      reason: same.reason,
      messageCount: same.messageCount,
      tokenCount: BigInt(tokenCount),
    })),
  };
}
