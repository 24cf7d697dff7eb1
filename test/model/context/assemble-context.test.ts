import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeConversation } from '../../../src/model/chat-completions/conversation-line.ts';
import type { Context } from '../../../src/model/context/assemble-context.ts';
import { estimateMessageTokens } from '../../../src/model/context/estimate-tokens.ts';
import type { LoadedMessage } from '../../../src/model/context/loaded-message.ts';
import type { ContextFormat } from '../../../src/model/context/render/render-context.ts';
import type { Summary } from '../../../src/model/summary.ts';
import { brokenRules } from '../../support/provider-rules.ts';
import { requireFile } from '../../support/require.ts';
import { type Asked, contextOf, smallestFrom, sumOf } from './context-of.ts';
import { wildHistory } from './histories.ts';
import { calling, loadedOf, resulting, said } from './messages.ts';

const AIRLINE = '../shared/data/airline-conversations.jsonl';
const FORMATS: ContextFormat[] = ['NEUTRAL', 'OPENAI_CHAT', 'ANTHROPIC', 'GEMINI'];

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
