import { Binary } from 'mongodb';

/** A document or a part of one, as BSON can hold it. */
export type Value = null | boolean | number | string | Date | Binary | Value[] | { [field: string]: Value };

/** Fields is a document whose fields are looked at by name. */
export type Fields = { [field: string]: Value };

/** Tells whether a value is a document: neither a scalar nor an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Copies a value as a round trip through BSON would: no undefined, no list or document shared. Throws on what BSON does not know. */
export function copyValue(value: unknown): Value {
  if (typeof value !== 'object' || value === null) return copyScalar(value);
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Date || value instanceof Binary) return value;
  if (value instanceof Uint8Array) return new Binary(value.slice());
  if (!isFields(value)) throw new TypeError(`a document holds a ${(value as object).constructor.name}`);
  const copy: Fields = {};
  for (const name in value) {
    const field: unknown = value[name];
    if (field !== undefined) copy[name] = copyValue(field);
  }
  return copy;
}

function copyScalar(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new TypeError(`a document holds ${String(value)}`);
}

/** Tells whether two values are the same; the order of fields counts, as it does in MongoDB. */
export function areSame(first: Value, second: Value): boolean {
  return rankOf(first) === rankOf(second) && compareValues(first, second) === 0;
}

/** Compares as MongoDB sorts: null, numbers, strings, documents, arrays, binary, booleans, dates; absent counts as null. */
export function compareValues(first: Value | undefined, second: Value | undefined): number {
  const [left, right] = [first ?? null, second ?? null];
  if (left === right) return 0;
  const rank = rankOf(left);
  const difference = rank - rankOf(right);
  return difference !== 0 ? difference : compareOfRank(rank, left, right);
}

/** Tells whether two values are of one kind, as the operators $gt, $gte, $lt and $lte want it. */
export function areComparable(first: Value, second: Value): boolean {
  return rankOf(first) === rankOf(second);
}

const RANKS = { NULL: 1, NUMBER: 2, STRING: 3, FIELDS: 4, ARRAY: 5, BINARY: 6, BOOLEAN: 7, DATE: 8 } as const;

function rankOf(value: Value): number {
  switch (typeof value) {
    case 'number':
      return RANKS.NUMBER;
    case 'string':
      return RANKS.STRING;
    case 'boolean':
      return RANKS.BOOLEAN;
  }
  if (value === null) return RANKS.NULL;
  if (Array.isArray(value)) return RANKS.ARRAY;
  if (value instanceof Date) return RANKS.DATE;
  return value instanceof Binary ? RANKS.BINARY : RANKS.FIELDS;
}

function compareOfRank(rank: number, left: Value, right: Value): number {
  if (rank === RANKS.ARRAY) return compareLists(left as Value[], right as Value[]);
  if (rank === RANKS.FIELDS) return compareFields(left as Fields, right as Fields);
  if (rank === RANKS.BINARY) return Buffer.compare((left as Binary).value(), (right as Binary).value());
  const [low, high] = [(left as number).valueOf(), (right as number).valueOf()];
  if (low === high) return 0;
  return low < high ? -1 : 1;
}

function compareLists(left: readonly Value[], right: readonly Value[]): number {
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    const order = compareValues(left[place], right[place]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareFields(left: Fields, right: Fields): number {
  const [names, others] = [Object.keys(left), Object.keys(right)];
  for (let place = 0; place < Math.min(names.length, others.length); place += 1) {
    const [name, other] = [names[place] as string, others[place] as string];
    if (name !== other) return name < other ? -1 : 1;
    const order = compareValues(left[name], right[other]);
    if (order !== 0) return order;
  }
  return names.length - others.length;
}
