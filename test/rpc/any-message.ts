import fc from 'fast-check';
import type { Message, Part } from '../../src/model/message.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const optional = { partId: 'p-1', providerData: '{"signature":"x=="}' };
const plainPart: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({ kind: fc.constant('reasoning' as const), text }).map((part) => ({ ...part, ...optional })),
  fc.record({ kind: fc.constant('toolCall' as const), id: text, name: text, arguments: text }),
  fc.record({ kind: fc.constant('data' as const), type: text, json: text }),
  fc.record({ kind: fc.constant('file' as const), mimeType: text, filename: text, uri: text }),
  fc.record({ kind: fc.constant('file' as const), mimeType: text, filename: text, data: fc.uint8Array() }),
  fc.record({ kind: fc.constant('file' as const), mimeType: text, filename: text }),
);
const resultPart: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('toolResult' as const),
  callId: text,
  name: text,
  content: text,
  parts: fc.array(plainPart, { maxLength: 2 }),
  isError: fc.boolean(),
});
const count = fc.nat();
/** Any message of the model, with parts of every kind. */
export const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    messageId: text,
    turnId: text,
    role: fc.constantFrom('SYSTEM', 'DEVELOPER', 'USER', 'ASSISTANT', 'TOOL'),
    author: text,
    parts: fc.array(fc.oneof(plainPart, resultPart), { maxLength: 4 }),
    tokenCount: count,
    model: text,
    sentAt: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
    requestId: text,
    usage: fc.option(
      fc.record({ inputTokens: count, outputTokens: count, cachedTokens: count, reasoningTokens: count }),
      { nil: undefined },
    ),
    metadata: fc.constantFrom(undefined, {}, { list: [1.5, null, { deep: 'ü' }], flag: false }),
    native: fc.option(fc.record({ format: text, json: text }), { nil: undefined }),
  })
  .map(
    (drawn) =>
      Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as unknown as Message,
  );
