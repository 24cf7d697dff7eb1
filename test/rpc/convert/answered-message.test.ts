import { create, fromBinary, toBinary, type UnknownField } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListMessagesResponseSchema } from '../../../gen/threadkeep/v1/history_pb.ts';
import { type Message, MessageSchema } from '../../../gen/threadkeep/v1/message_pb.ts';
import type { StoredMessage } from '../../../src/model/message.ts';
import { pbMessagesFrom } from '../../../src/rpc/convert/answered-message.ts';
import { atFromTimestamp } from '../../../src/rpc/convert/timestamp.ts';
import { messageCodec } from '../../../src/rpc/message-codec.ts';
import { messageOf } from '../../support/test-engine.ts';
import { anyMessage } from '../any-message.ts';

const stored: StoredMessage = {
  ...{ sequence: 1, createdAt: 1_700_000_000_000, runId: 'run', role: 'USER', messageId: '', turnId: '', sentAt: null },
  ...{ tokenCount: 5, isTokenCountExact: false, hasFiles: false, startsTurn: true },
  body: messageCodec.encode(messageOf('USER', 'hello')),
};

/** What a commit adds, zeros as in what a repair puts in included. */
const anyCommit = fc.record({
  sequence: fc.constantFrom(0, 1, 300, 2 ** 32 - 1),
  tokenCount: fc.constantFrom(0, 1, 7, 70_000),
  createdAt: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  runId: fc.constantFrom('', 'run', 'x'.repeat(200)),
});

/** Fields of a contract to come. */
const anyUnknown: fc.Arbitrary<UnknownField[]> = fc
  .array(
    fc.record({
      no: fc.integer({ min: 16, max: 30 }),
      wireType: fc.constant(WireType.LengthDelimited),
      data: fc.uint8Array({ maxLength: 100 }).map((value) => new BinaryWriter().bytes(value).finish()),
    }),
    { maxLength: 3 },
  )
  .map((fields) => fields.sort((one, other) => one.no - other.no));

/** What a reader makes of an answer with these messages. */
function answerOf(messages: readonly StoredMessage[], isBinary: boolean): Message[] {
  const answer = create(ListMessagesResponseSchema, { messages: pbMessagesFrom(messages, isBinary) });
  return fromBinary(ListMessagesResponseSchema, toBinary(ListMessagesResponseSchema, answer)).messages;
}

test('copied and decoded messages are read the same, whatever was stored', () => {
  const anyStored = fc.record({ message: anyMessage, commit: anyCommit, unknown: anyUnknown });
  fc.assert(
    fc.property(fc.array(anyStored, { maxLength: 4 }), (drawn) => {
      const messages = drawn.map(({ message, commit, unknown }) => {
        const rest = toBinary(MessageSchema, Object.assign(create(MessageSchema), { $unknown: unknown }));
        return { ...stored, ...commit, body: Buffer.concat([messageCodec.encode(message), rest]) };
      });
      const answered = answerOf(messages, true);
      expect(answered).toEqual(answerOf(messages, false));
      for (const [place, { commit, unknown }] of drawn.entries()) {
        const { sequence, tokenCount, runId, createTime, $unknown } = answered[place]!;
        const createdAt = atFromTimestamp(createTime, 'create_time');
        expect({ sequence, tokenCount, runId, createdAt }).toEqual(commit);
        expect($unknown ?? []).toEqual(unknown);
      }
    }),
  );
});

test('no field is in an answer twice', () => {
  fc.assert(
    fc.property(anyMessage, anyCommit, (message, commit) => {
      const body = messageCodec.encode({ ...message, parts: [] });
      const [answered] = pbMessagesFrom([{ ...stored, ...commit, body }], true);
      const numbers = numbersIn(toBinary(MessageSchema, answered!));
      expect(numbers).toEqual([...new Set(numbers)]);
    }),
  );
});

test('what a body says of the fields that the commit sets is not answered', () => {
  const createTime = { seconds: 9n, nanos: 9 };
  const said = toBinary(
    MessageSchema,
    create(MessageSchema, { sequence: 9, tokenCount: 9, createTime, runId: 'other' }),
  );
  for (const commit of [{}, { sequence: 0, tokenCount: 0, createdAt: 0, runId: '' }]) {
    const message = { ...stored, ...commit };
    const expected = answerOf([message], false);
    for (const body of [
      [said, stored.body],
      [stored.body, said],
    ]) {
      expect(answerOf([{ ...message, body: Buffer.concat(body) }], true)).toEqual(expected);
    }
  }
});

test('a body without a field, as of what a repair put in, is answered with what the commit set', () => {
  const empty = { ...stored, sequence: 0, body: new Uint8Array() };
  expect(answerOf([empty], true)).toEqual(answerOf([empty], false));
});

test.each([true, false])('a body that ends within a field is STORE_CORRUPT, binary: %s', (isBinary) => {
  const cut = { ...stored, body: stored.body.slice(0, -1) };
  expect(() => pbMessagesFrom([cut], isBinary)).toThrow(expect.objectContaining({ reason: 'STORE_CORRUPT' }));
});

test('an answer’s message is kept for its encoding, but for what the service has since set anew', () => {
  const answer = (change: Partial<StoredMessage>, isBinary = false) =>
    pbMessagesFrom([{ ...stored, ...change }], isBinary)[0]!;
  const message = answer({});
  expect(answer({})).toBe(message);
  expect(answer({ tokenCount: 6 })).toMatchObject({ tokenCount: 6, sequence: 1 });
  expect(answer({ sequence: 2 })).toMatchObject({ tokenCount: 5, sequence: 2 });
  expect(answer({ runId: 'other' })).toMatchObject({ runId: 'other' });
  expect(answer({ createdAt: 1000 }).createTime?.seconds).toBe(1n);
  expect(message).toMatchObject({ tokenCount: 5, sequence: 1, runId: 'run' });
  const copied = answer({}, true);
  expect(copied).not.toBe(message);
  expect(answer({}, true)).toBe(copied);
  expect(answerOf([{ ...stored, tokenCount: 6 }], true)).toMatchObject([{ tokenCount: 6, sequence: 1 }]);
});

function numbersIn(message: Uint8Array): number[] {
  const reader = new BinaryReader(message);
  const numbers: number[] = [];
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    numbers.push(no);
    reader.skip(wireType, no);
  }
  return numbers;
}
