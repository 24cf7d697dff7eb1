import { unknownOperator } from './match-filter.ts';
import { copyValue, type Fields, isFields, type Value } from './values.ts';

/** Returns a copy of a document with the fields that a projection names, or without those it leaves out. */
export function project(document: Fields, projection: Fields | undefined): Fields {
  const entries = Object.entries(projection ?? {});
  const chosen = entries.filter(([name]) => name !== '_id');
  const hasId = projection?._id !== 0 && projection?._id !== false;
  for (const [name, choice] of chosen)
    if (isFields(choice)) throw unknownOperator(`a projection of ${name} by operator`);
  const isInclusion = chosen.length > 0 ? isChosen(chosen[0]?.[1]) : entries.length > 0 && hasId;
  if (chosen.some(([, choice]) => isChosen(choice) !== isInclusion))
    throw new Error('a projection both names and leaves out');
  const copy = copyValue(document) as Fields;
  if (!isInclusion) {
    for (const [name] of chosen) drop(copy, name.split('.'));
    if (!hasId) delete copy._id;
    return copy;
  }
  const kept: Fields = hasId ? { _id: copy._id as Value } : {};
  for (const [name] of chosen) keep(copy, kept, name.split('.'));
  return kept;
}

function isChosen(choice: Value | undefined): boolean {
  return choice === 1 || choice === true;
}

function drop(holder: Value | undefined, [name, ...rest]: string[]): void {
  if (Array.isArray(holder)) for (const element of holder) drop(element, [name as string, ...rest]);
  else if (isFields(holder)) {
    if (rest.length === 0) delete holder[name as string];
    else drop(holder[name as string], rest);
  }
}

/** Arrays on the way keep as many elements as they have documents. */
function keep(from: Fields, to: Fields, [name, ...rest]: string[]): void {
  const value = from[name as string];
  if (value === undefined) return;
  if (rest.length === 0) to[name as string] = value;
  else if (isFields(value)) {
    const inner = isFields(to[name as string]) ? (to[name as string] as Fields) : {};
    to[name as string] = inner;
    keep(value, inner, rest);
  } else if (Array.isArray(value)) {
    const known = to[name as string] as Fields[] | undefined;
    const documents = value.filter(isFields);
    to[name as string] = documents.map((document, index) => {
      const inner = known?.[index] ?? {};
      keep(document, inner, rest);
      return inner;
    });
  }
}
