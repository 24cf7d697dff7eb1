import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../support/seeded-random.ts';
import { applyUpdate } from './schedule/database/apply-update.ts';
import { FakeCollection } from './schedule/database/fake-collection.ts';
import { matchesFilter } from './schedule/database/match-filter.ts';
import type { Fields } from './schedule/database/values.ts';

describe('a filter of the fake database', () => {
  const document: Fields = { _id: 'a', none: null, tail: [{ n: 1 }, { n: 2, tags: ['x'] }], tags: ['x', 'y'], size: 3 };

  test.each<[boolean, string, Fields]>([
    [true, 'takes null for what is absent', { absent: null, none: null }],
    [false, 'tells null from what is there', { size: null }],
    [true, 'looks into each element of an array', { 'tail.n': 2 }],
    [true, 'looks at an element by its place', { 'tail.1.n': 2 }],
    [true, 'tells that a place is empty', { 'tail.2': { $exists: false } }],
    [false, 'tells that a place is taken', { 'tail.1': { $exists: false } }],
    [true, 'finds a value among those of an array', { tags: 'y' }],
    [true, 'meets the conditions of a range with several elements', { 'tail.n': { $gt: 1, $lt: 2 } }],
    [
      false,
      'wants one element to meet all conditions of $elemMatch',
      { tail: { $elemMatch: { n: { $gt: 1, $lt: 2 } } } },
    ],
    [false, 'compares only what is of one kind', { size: { $lt: 'z' } }],
    [false, 'finds nothing below what is absent', { absent: { $lt: 1 } }],
    [true, 'excludes by $ne what is absent', { absent: { $ne: 1 } }],
  ])('%s: %s', (matches, _, filter) => {
    expect(matchesFilter(document, filter)).toBe(matches);
  });

  test('with an operator that is not modelled is refused', () => {
    expect(() => matchesFilter(document, { size: { $mod: [2, 1] } })).toThrow('does not know $mod');
  });
});

describe('an update of the fake database', () => {
  const update = (document: Fields, change: Fields, arrayFilters: Fields[] = []) =>
    applyUpdate({ _id: 'a', ...document }, change, { isInsert: false, arrayFilters });

  test('pushes, sorts and cuts in this order', () => {
    const change = { $push: { list: { $each: [{ n: 1 }], $sort: { n: 1 }, $slice: -2 } } };
    expect(update({ list: [{ n: 3 }, { n: 2 }] }, change).list).toEqual([{ n: 2 }, { n: 3 }]);
  });

  test('pulls what meets a condition, and nothing from what is absent', () => {
    const change = { $pull: { tail: { n: { $lte: 2 } }, absent: { n: 1 } } };
    expect(update({ tail: [{ n: 1 }, { n: 2 }, { n: 3 }] }, change)).toEqual({ _id: 'a', tail: [{ n: 3 }] });
  });

  test('raises by $max, lowers by $min, and sets what is absent by either', () => {
    const change = { $max: { high: 1, first: 7 }, $min: { low: 1 } };
    expect(update({ high: 5, low: 5 }, change)).toEqual({ _id: 'a', high: 5, first: 7, low: 1 });
  });

  test('changes only the elements that an array filter names', () => {
    const change = { $set: { 'list.$[one].v': 0 } };
    expect(
      update(
        {
          list: [
            { k: 1, v: 1 },
            { k: 2, v: 1 },
          ],
        },
        change,
        [{ 'one.k': 2 }],
      ).list,
    ).toEqual([
      { k: 1, v: 1 },
      { k: 2, v: 0 },
    ]);
  });

  test('of a field and of a part of it at once is refused', () => {
    expect(() => update({}, { $set: { a: {} }, $inc: { 'a.b': 1 } })).toThrow('conflict');
  });
});

describe('a collection of the fake database', () => {
  const collection = () => {
    const made = new FakeCollection(new SeededRandom(1));
    made.createIndex({ key: { t: 1, n: 1 }, name: 't_1_n_1', unique: true });
    return made;
  };

  test('refuses a second document under a unique key, and takes it once the first is gone', () => {
    const rows = collection();
    rows.insert({ _id: 'a', t: 'x', n: 1 });
    expect(() => rows.insert({ _id: 'b', t: 'x', n: 1 })).toThrow('same t and n');
    rows.delete('a');
    rows.insert({ _id: 'b', t: 'x', n: 1 });
    expect(rows.count({ t: 'x' })).toBe(1);
  });

  test('makes a document by an upsert, with what is set on insert only then', () => {
    const rows = collection();
    const update = { $setOnInsert: { n: 1 }, $set: { t: 'x' } };
    rows.updateOne({ _id: 'a' }, update, { upsert: true });
    rows.updateOne({ _id: 'a' }, { $setOnInsert: { n: 2 }, $set: { t: 'y' } }, { upsert: true });
    expect(rows.find({})).toEqual([{ _id: 'a', n: 1, t: 'y' }]);
  });

  test('gives out copies', () => {
    const rows = collection();
    rows.insert({ _id: 'a', t: 'x', n: 1, list: [1] });
    for (const { list } of rows.find({})) (list as number[]).push(2);
    expect(rows.find({})).toEqual([{ _id: 'a', t: 'x', n: 1, list: [1] }]);
  });
});
