import { Binary } from 'mongodb';
import { describe, expect, test } from 'vitest';
import type { MessageFields } from '../../../../src/adapters/mongodb/database/documents.ts';
import {
  bodyBytes,
  checkMessage,
  decodeMessage,
  encodeMessage,
  withTokens,
} from '../../../../src/adapters/mongodb/messages/message-codec.ts';
import { sampleMessage } from '../../../../src/contract/samples.ts';

const REFERENCE = { hash: 'h', bytes: 9000, chunks: 1 };

describe('message codec', () => {
  test('a message comes back as it was, whatever it leaves out', () => {
    const full = sampleMessage(7, { messageId: 'm', turnId: 't', sentAt: 5, isTokenCountExact: false, hasFiles: true });
    for (const message of [sampleMessage(1), full]) {
      const { terms: _, ...stored } = message;
      expect(decodeMessage(encodeMessage('u', message))).toEqual(stored);
    }
  });

  test('a change of any field, of the uid or of the body is refused, naming the message', () => {
    const fields = encodeMessage('u', sampleMessage(7, { messageId: 'm', turnId: 't', sentAt: 5 }));
    expect(() => checkMessage('u', fields)).not.toThrow();
    const changes: Partial<MessageFields>[] = [
      { n: 8 },
      { role: 'TOOL' },
      { mid: 'other' },
      { turn: 'other' },
      { run: 'other' },
      { at: 1 },
      { sentAt: 6 },
      { tok: 99 },
      { est: true },
      { files: true },
      { starts: fields.starts ? undefined : true },
      { body: new Binary(Uint8Array.of(1)) },
      { body: undefined },
      { ref: REFERENCE },
      { body: undefined, ref: REFERENCE },
    ];
    for (const change of changes) {
      expect(() => checkMessage('u', { ...fields, ...change } as MessageFields), JSON.stringify(change)).toThrow(
        expect.objectContaining({
          reason: 'STORE_CORRUPT',
          message: expect.stringContaining('of the session with uid u'),
        }),
      );
    }
    expect(() => checkMessage('other', fields)).toThrow('message 7 of the session with uid other');
  });

  test('a reference is guarded like a body, and says how long that is', () => {
    const fields = encodeMessage('u', sampleMessage(1), REFERENCE);
    expect(() => checkMessage('u', fields)).not.toThrow();
    expect(bodyBytes(fields)).toBe(9000);
    expect(() => checkMessage('u', { ...fields, ref: { ...REFERENCE, hash: 'g' } })).toThrow('fails its checksum');
  });

  test('an exact count is whole in itself', () => {
    const estimated = encodeMessage('u', sampleMessage(1, { tokenCount: 9, isTokenCountExact: false }));
    const exact = withTokens('u', estimated, 7);
    checkMessage('u', exact);
    expect(decodeMessage(exact)).toMatchObject({ tokenCount: 7, isTokenCountExact: true });
  });

  test('terms are kept once each, and only as many as a document has room for', () => {
    const long = Array.from({ length: 10_000 }, (_, place) => `${place}`.padStart(64, 'x'));
    expect(encodeMessage('u', sampleMessage(1, { terms: ['b', 'a', 'b'] })).terms).toEqual(['b', 'a']);
    const { terms } = encodeMessage('u', sampleMessage(1, { terms: long }));
    expect(terms.length).toBeGreaterThan(2000);
    expect(terms.reduce((bytes, term) => bytes + term.length + 11, 0)).toBeLessThanOrEqual(160 * 1024);
  });
});
