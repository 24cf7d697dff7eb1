import fc from 'fast-check';
import { estimateMessageTokens } from '../../../src/model/context/estimate-tokens.ts';
import type { LoadedMessage } from '../../../src/model/context/loaded-message.ts';
import type { Message, Part, Role } from '../../../src/model/message.ts';
import { calling, loadedOf, messageOf, resulting, said } from './messages.ts';

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('', ' ', '\n', 'ends with space ', '\uD83D', 'a longer text, '.repeat(20)),
);
const callId = fc.constantFrom('a', 'b', 'call/1', 'x'.repeat(50));
const toolName = fc.constantFrom('look', 'two words', '9lives', 'n'.repeat(70), 'ünï');
const json = fc.constantFrom('{"q": 1}', '', '[1]', 'not json', '{"big":12345678901234567890}', 'null');
const providerData = fc.constantFrom(
  undefined,
  '{"signature":"s"}',
  '{"type":"thinking","thinking":"t","signature":"s"}',
  '{"thoughtSignature":"g"}',
  'x',
);
const mimeType = fc.constantFrom('image/png', 'application/pdf', 'audio/wav', 'text/csv');

const plainPart: fc.Arbitrary<Part> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('text' as const), text }) },
  fc.record({ kind: fc.constant('data' as const), type: text, json }),
  fc.record({ kind: fc.constant('file' as const), mimeType, filename: text, data: fc.uint8Array({ maxLength: 9 }) }),
  fc.record({
    kind: fc.constant('file' as const),
    mimeType,
    filename: text,
    uri: fc.constantFrom('https://example.com/f', 'gs://b/f'),
  }),
);

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  { weight: 3, arbitrary: plainPart },
  fc.tuple(text, providerData).map(([said, data]) => ({
    kind: 'reasoning' as const,
    text: said,
    ...(data === undefined ? {} : { providerData: data }),
  })),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('toolCall' as const), id: callId, name: toolName, arguments: json }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('toolResult' as const),
      callId,
      name: fc.oneof(fc.constant(''), toolName),
      content: text,
      parts: fc.array(plainPart, { maxLength: 2 }),
      isError: fc.boolean(),
    }),
  },
);

const role = fc.constantFrom<Role>(
  'SYSTEM',
  'DEVELOPER',
  'USER',
  'USER',
  'ASSISTANT',
  'ASSISTANT',
  'ASSISTANT',
  'TOOL',
  'TOOL',
);

/** Histories of anything at all: calls and results in any number, order and role, with ids that are used again. */
export const wildHistory: fc.Arbitrary<LoadedMessage[]> = fc
  .array(
    fc.tuple(role, fc.array(anyPart, { maxLength: 4 })).map(([speaker, parts]) => messageOf(speaker, parts)),
    { maxLength: 30 },
  )
  .map((messages) => loadedOf(messages, estimateMessageTokens));

const turn: fc.Arbitrary<Message[]> = fc
  .record({ asks: fc.nat(60), rounds: fc.array(fc.nat(2), { maxLength: 3 }), answers: fc.nat(80), number: fc.nat() })
  .map(({ asks, rounds, answers, number }) => [
    said('USER', `q${'.'.repeat(asks)}`),
    ...rounds.flatMap((parallel, round) => {
      const ids = Array.from({ length: parallel + 1 }, (_, place) => `call_${number}_${round}_${place}`);
      return [calling(...ids), ...ids.map((id) => resulting(id))];
    }),
    said('ASSISTANT', `a${'.'.repeat(answers)}`),
  ]);

/** Histories of an agent that works in order, behind instructions of some 25 tokens. */
export const orderlyHistory: fc.Arbitrary<LoadedMessage[]> = fc
  .array(turn, { minLength: 1, maxLength: 60, size: 'max' })
  .map((turns) => loadedOf([said('SYSTEM', 'You are an agent for airlines.'), ...turns.flat()], estimateMessageTokens));
