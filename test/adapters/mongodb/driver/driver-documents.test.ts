import type { Collection } from 'mongodb';
import { expect, test } from 'vitest';
import { DriverDocuments } from '../../../../src/adapters/mongodb/driver/driver-documents.ts';
import { Operations } from '../../../../src/adapters/mongodb/driver/operations.ts';

const broken = Object.assign(new Error('write EPIPE'), { syscall: 'write' });

test('a scan whose connection is found broken begins again, and never ends as if that were all', async () => {
  const seen: number[] = [];
  for await (const { _id } of documentsOf([[broken], [1, 2, 3]]).scan({})) seen.push(_id);
  expect(seen).toEqual([1, 2, 3]);
});

test('a scan that breaks in the middle throws, because its cursor cannot go on', async () => {
  const seen: number[] = [];
  const reading = async () => {
    for await (const { _id } of documentsOf([[1, 2, broken, 3]]).scan({})) seen.push(_id);
  };
  await expect(reading()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  expect(seen).toEqual([1, 2]);
});

/** A collection whose cursors answer or throw one after the other; like the driver's, one that failed is at its end. */
function documentsOf(cursors: (number | Error)[][]): DriverDocuments<{ _id: number }> {
  const waiting = [...cursors];
  const find = () => {
    const opening = { answers: null as (number | Error)[] | null };
    return {
      async next() {
        opening.answers ??= waiting.shift() ?? [];
        const answer = opening.answers.shift();
        if (answer instanceof Error) {
          opening.answers = [];
          throw answer;
        }
        return answer === undefined ? null : { _id: answer };
      },
      readBufferedDocuments: () => [],
      close: async () => {},
    };
  };
  const operations = new Operations({
    reach: { connect: async () => {}, look: () => ({ isReachable: true, contacts: 1 }), wasAwaySince: () => false },
    pool: { isExhausted: false },
    metrics: { count() {}, observe() {}, gauge() {} },
    timeoutMs: 1000,
  });
  return new DriverDocuments({ find } as unknown as Collection, operations);
}
