import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeConversation } from '../../../src/model/chat-completions/conversation-line.ts';
import type { Context } from '../../../src/model/context/assemble-context.ts';
import { estimateMessageTokens } from '../../../src/model/context/estimate-tokens.ts';
import type { LoadedMessage } from '../../../src/model/context/loaded-message.ts';
import type { ContextFormat } from '../../../src/model/context/render/render-context.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Summary } from '../../../src/model/summary.ts';
import { brokenRules } from '../../support/provider-rules.ts';
import { requireFile } from '../../support/require.ts';
import { type Asked, contextOf, sumOf } from './context-of.ts';
import { orderlyHistory, wildHistory } from './histories.ts';
import { calling, loadedOf, resulting, said } from './messages.ts';

const AIRLINE = '../shared/data/airline-conversations.jsonl';
/** What the stand-ins of three open calls take up for a while. */
const OPEN_CALL_TOKENS = 72;

const FORMATS: ContextFormat[] = ['NEUTRAL', 'OPENAI_CHAT', 'ANTHROPIC', 'GEMINI'];

/** Builds a context, or the smallest one that can be had where the limit is too small. */
function smallestFrom(history: LoadedMessage[], asked: Asked): Context {
  try {
    return contextOf(history, asked);
  } catch (error) {
    if (!(error instanceof SessionError) || error.reason !== 'TOKEN_LIMIT_TOO_SMALL') throw error;
    const tokenLimit = Number(error.metadata.needed_tokens);
    expect(tokenLimit).toBeGreaterThan(asked.tokenLimit);
    return smallestFrom(history, { ...asked, tokenLimit });
  }
}

function expectAccepted(format: ContextFormat, { messages, rendered, tokenCount }: Context, tokenLimit: number): void {
  expect(tokenCount).toBeLessThanOrEqual(tokenLimit);
  expectCallsWithResults(messages.map(({ message }) => message.parts));
  if (format === 'NEUTRAL') expect(rendered).toBe('');
  else expect(brokenRules(format, rendered)).toEqual([]);
}

/** Each call is answered by the messages directly behind it, once, and nothing else is answered. */
function expectCallsWithResults(messages: LoadedMessage['message']['parts'][]): void {
  let open: string[] = [];
  for (const parts of messages) {
    for (const part of parts.filter(({ kind }) => kind === 'toolResult')) {
      if (part.kind !== 'toolResult') continue;
      expect(open).toContain(part.callId);
      open.splice(open.indexOf(part.callId), 1);
    }
    if (parts.some(({ kind }) => kind === 'toolResult')) continue;
    expect(open).toEqual([]);
    open = parts.flatMap((part) => (part.kind === 'toolCall' ? part.id : []));
  }
  expect(open).toEqual([]);
}

test.each(FORMATS)('context: any history at all comes in a form and size that %s takes', (format) => {
  fc.assert(
    fc.property(
      wildHistory,
      fc.nat(2000),
      fc.nat(12),
      fc.boolean(),
      (history, tokenLimit, maxMessages, includeFiles) => {
        const asked = { tokenLimit, maxMessages, format, includeFiles, systemPrompt: 'Be kind.' };
        const context = smallestFrom(history, asked);
        expectAccepted(format, context, Math.max(tokenLimit, context.tokenCount));
      },
    ),
    { numRuns: 40 },
  );
});

test.for(FORMATS)(
  'context: real conversations at 500 to 4,000 tokens come in a form and size that %s takes',
  (format, context) => {
    const lines = readFileSync(requireFile(context, AIRLINE), 'utf8').trimEnd().split('\n');
    let built = 0;
    for (const line of lines) {
      const history = loadedOf(decodeConversation(line).messages.slice(1), estimateMessageTokens);
      for (const tokenLimit of [500, 1000, 2000, 4000]) {
        for (const end of [history.length, Math.ceil(history.length / 2)]) {
          try {
            expectAccepted(format, contextOf(history.slice(0, end), { tokenLimit, format }), tokenLimit);
            built += 1;
          } catch (error) {
            expect(error).toMatchObject({ reason: 'TOKEN_LIMIT_TOO_SMALL' });
          }
        }
      }
    }
    expect(built).toBeGreaterThan(lines.length);
  },
);

test('context: the instructions of real conversations are pinned, or named as what needs more', (context) => {
  const lines = readFileSync(requireFile(context, AIRLINE), 'utf8').trimEnd().split('\n');
  for (const line of lines) {
    const history = loadedOf(decodeConversation(line).messages, estimateMessageTokens);
    const built = smallestFrom(history, { tokenLimit: 500 });
    expect(built.messages[0]).toMatchObject({ sequence: 1, message: { role: 'SYSTEM' } });
  }
});

test('report: every visible message is accounted for, once, with its tokens', () => {
  fc.assert(
    fc.property(
      wildHistory,
      fc.nat(2000),
      fc.nat(12),
      summariesArbitrary(),
      (history, tokenLimit, maxMessages, summaries) => {
        const { report, tokenCount } = smallestFrom(history, { tokenLimit, maxMessages, summaries });
        const { keptMessages, summarizedMessages, droppedMessages, keptTokens, summarizedTokens, droppedTokens } =
          report;
        expect(keptMessages + summarizedMessages + droppedMessages).toBe(history.length);
        expect(keptTokens + summarizedTokens + droppedTokens).toBe(sumOf(history));
        expect(report.decisions.reduce((sum, { messageCount }) => sum + messageCount, 0)).toBe(history.length);
        expect(report.keptTokens + report.summaryTokens).toBeLessThanOrEqual(tokenCount);
        const firsts = report.decisions.map(({ firstSequence }) => firstSequence);
        expect(firsts).toEqual(firsts.toSorted((one, other) => one - other));
      },
    ),
    { numRuns: 300 },
  );
});

function summariesArbitrary(): fc.Arbitrary<Summary[]> {
  const range = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(10));
  return fc.array(
    range.map(([first, length]) => summary(first, first + length)),
    { maxLength: 3 },
  );
}

function summary(firstSequence: number, lastSequence: number): Summary {
  return {
    kind: 'COMPACTION',
    firstSequence,
    lastSequence,
    text: 'they met',
    tokenCount: 2,
    createdAt: 0,
    source: 'CALLER',
  };
}

test('context: begins with the same text as the one before, until the window is full and jumps by 70 %', () => {
  fc.assert(
    fc.property(orderlyHistory, fc.integer({ min: 1600, max: 3000 }), (history, tokenLimit) => {
      const contexts = history.slice(1).map((_, index) => contextOf(history.slice(0, index + 2), { tokenLimit }));
      const jumps = contexts.slice(1).filter((context, index) => context.prefixHash !== contexts[index]?.prefixHash);
      for (const [index, context] of contexts.slice(0, -1).entries()) {
        const next = contexts[index + 1];
        const hasStandIn = context.messages.some(({ sequence }) => sequence === 0);
        if (hasStandIn || next?.prefixHash !== context.prefixHash) continue;
        expect(next.rendered.startsWith(context.rendered.slice(0, -1))).toBe(true);
      }
      const budget = tokenLimit - (history[0]?.tokenCount ?? 0);
      const overflow = sumOf(history) + OPEN_CALL_TOKENS - budget;
      expect(jumps.length).toBeLessThanOrEqual(overflow < 0 ? 0 : 1 + overflow / (0.7 * budget - 1));
    }),
    { numRuns: 40 },
  );
});

test('context: depends on the history alone, not on how it is read', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 600, max: 2000 }),
      fc.integer({ min: 1, max: 100 }),
      (history, tokenLimit, pageMessages) => {
        expect(contextOf(history, { tokenLimit, pageMessages }).tag).toBe(
          contextOf(history, { tokenLimit, pageMessages: 1000 }).tag,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('context: is the same whether the counters hold estimates or exact counts of its messages', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 600, max: 2000 }),
      fc.integer({ min: -20, max: 20 }),
      (history, tokenLimit, error) => {
        const estimated = history.map((loaded, index) =>
          index === 0 || index >= history.length - 3
            ? { ...loaded, countedTokens: Math.max(1, loaded.tokenCount + error) }
            : loaded,
        );
        const exact = smallestFrom(history, { tokenLimit });
        expect(smallestFrom(estimated, { tokenLimit })).toEqual(exact);
      },
    ),
    { numRuns: 60 },
  );
});

test('context: is whole while it fits, and falls to about 30 % of the limit when it does not', () => {
  const history = loadedOf(
    Array.from({ length: 101 }, (_, index) => said(index % 2 === 0 ? 'USER' : 'ASSISTANT', 'x')),
  );
  expect(contextOf(history.slice(0, 100), { tokenLimit: 1000 }).tokenCount).toBe(1000);
  expect(contextOf(history, { tokenLimit: 1000 }).tokenCount).toBe(310);
});

test('context: a newest turn that does not fit is refused with what it needs', () => {
  const history = loadedOf([said('SYSTEM', 'be kind'), said('USER', 'hi'), calling('a'), resulting('a')]);
  const refused = expect.objectContaining({
    reason: 'TOKEN_LIMIT_TOO_SMALL',
    field: 'token_limit',
    metadata: { token_limit: '50', needed_tokens: '54' },
  });
  expect(() => contextOf(history, { tokenLimit: 50 })).toThrow(refused);
  expect(contextOf(history, { tokenLimit: 54 }).tokenCount).toBe(40);
});

test('context: max_messages slides the cut and says so, and never leaves a result first', () => {
  const history = loadedOf([
    said('USER', '1'),
    calling('a'),
    resulting('a'),
    calling('b'),
    resulting('b'),
    said('ASSISTANT', '2'),
  ]);
  const sequencesFor = (maxMessages: number) =>
    contextOf(history, { tokenLimit: 4000, maxMessages }).messages.map(({ sequence }) => sequence);
  expect(sequencesFor(6)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(sequencesFor(5)).toEqual([2, 3, 4, 5, 6]);
  expect(sequencesFor(4)).toEqual([4, 5, 6]);
  expect(sequencesFor(2)).toEqual([6]);
  expect(contextOf(history, { tokenLimit: 4000, maxMessages: 4 }).report.sliding).toBe(true);
  expect(contextOf(history, { tokenLimit: 4000, maxMessages: 6 }).report.sliding).toBe(false);
});

test('context: max_messages never lets in more than it names, where a call and its results are not more', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 9, max: 40 }),
      fc.integer({ min: 1, max: 70 }),
      (history, maxMessages, pageMessages) => {
        const context = smallestFrom(history, { tokenLimit: 100_000, maxMessages, pageMessages });
        expect(context.messages.length).toBeLessThanOrEqual(maxMessages);
        expect(context.report.sliding).toBe(history.length > maxMessages);
        expect(context.messages[1]?.message.role).not.toBe('TOOL');
        expect(context.tag).toBe(smallestFrom(history, { tokenLimit: 100_000, maxMessages, pageMessages: 1000 }).tag);
      },
    ),
    { numRuns: 60 },
  );
});

test('context: a summary stands for its messages, behind the pinned ones, and costs its tokens', () => {
  const history = loadedOf([
    said('SYSTEM', 'be kind'),
    said('USER', 'old'),
    said('ASSISTANT', 'older'),
    said('USER', 'new'),
  ]);
  const context = contextOf(history, { tokenLimit: 1000, summaries: [summary(1, 3)] });
  expect(JSON.parse(context.rendered)).toEqual([
    { role: 'system', content: 'be kind' },
    { role: 'system', content: expect.stringContaining('they met') },
    { role: 'user', content: 'new' },
  ]);
  expect(context.report).toMatchObject({
    keptMessages: 2,
    summarizedMessages: 2,
    summarizedTokens: 20,
    summaryTokens: 18,
    droppedMessages: 0,
  });
  expect(context.tokenCount).toBe(38);
});

test('context: its tag tells options and content apart', () => {
  const history = loadedOf([said('USER', 'hi'), said('ASSISTANT', 'hello')]);
  const asked: Asked[] = [
    { tokenLimit: 1000 },
    { tokenLimit: 999 },
    { tokenLimit: 1000, format: 'GEMINI' },
    { tokenLimit: 1000, systemPrompt: 'x' },
    { tokenLimit: 1000, maxMessages: 9 },
  ];
  const tags = [
    ...asked.map((one) => contextOf(history, one).tag),
    contextOf(history.slice(0, 1), { tokenLimit: 1000 }).tag,
  ];
  expect(new Set(tags).size).toBe(tags.length);
  expect(contextOf(history, { tokenLimit: 1000 }).tag).toBe(tags[0]);
});
