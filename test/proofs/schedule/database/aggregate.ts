import type { Document } from 'mongodb';
import { matchesFilter, unknownOperator } from './match-filter.ts';
import { compareValues, type Fields, type Value } from './values.ts';

/** Runs the stages of a pipeline that the adapter uses on what is served by a schedule; throws on any other. */
export function aggregate(documents: readonly Fields[], stages: readonly Document[]): Fields[] {
  return stages.reduce<Fields[]>((found, stage) => runStage(found, stage as Fields), [...documents]);
}

function runStage(documents: Fields[], stage: Fields): Fields[] {
  const [[name, operand]] = Object.entries(stage) as [[string, Value]];
  if (name === '$match') return documents.filter((document) => matchesFilter(document, operand as Fields));
  if (name === '$limit') return documents.slice(0, operand as number);
  if (name === '$sort') return documents.toSorted((first, second) => compareBy(operand as Fields, first, second));
  if (name === '$group') return group(documents, operand as Fields);
  throw unknownOperator(name);
}

function compareBy(sort: Fields, first: Fields, second: Fields): number {
  for (const [field, direction] of Object.entries(sort)) {
    const order = compareValues(first[field], second[field]);
    if (order !== 0) return order * (direction as number);
  }
  return 0;
}

/** Groups by one field, without accumulators. */
function group(documents: readonly Fields[], { _id: by, ...accumulators }: Fields): Fields[] {
  const [accumulator] = Object.keys(accumulators);
  if (accumulator !== undefined || typeof by !== 'string') throw unknownOperator(`$group with ${accumulator}`);
  const values = new Set(documents.map((document) => document[by.slice(1)] ?? null));
  return [...values].map((_id) => ({ _id }));
}
