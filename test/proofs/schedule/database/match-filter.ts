import { areComparable, areSame, compareValues, type Fields, isFields, type Value } from './values.ts';

/** Tells whether a document matches a filter of MongoDB's language; throws on an operator it does not know. */
export function matchesFilter(document: Fields, filter: Fields): boolean {
  for (const name in filter) {
    if (!matchesEntry(document, name, filter[name] as Value)) return false;
  }
  return true;
}

/** Tells whether an array's element matches what `$pull`, `$elemMatch` or an array filter asks of it. */
export function matchesElement(element: Value, condition: Value): boolean {
  if (isOperators(condition)) return matchesOperators([element], condition);
  if (isFields(condition)) return isFields(element) && matchesFilter(element, condition);
  return areSame(element, condition);
}

function matchesEntry(document: Fields, name: string, condition: Value): boolean {
  if (name === '$and') return (condition as Fields[]).every((each) => matchesFilter(document, each));
  if (name === '$or') return (condition as Fields[]).some((each) => matchesFilter(document, each));
  if (name === '$nor') return !(condition as Fields[]).some((each) => matchesFilter(document, each));
  if (name.startsWith('$')) throw unknownOperator(name);
  const found: Found[] = [];
  collect(document, name.split('.'), 0, found);
  if (isOperators(condition)) return matchesOperators(found, condition);
  return (condition as unknown) instanceof RegExp
    ? someCandidate(found, (value) => matchesText(value, condition as never))
    : equals(found, condition);
}

/** What lies at the end of a path; undefined = nothing does. */
type Found = Value | undefined;

/** Follows a path through documents and arrays, as filters do: into each element, and by index. */
function collect(value: Value, path: readonly string[], depth: number, found: Found[]): void {
  const name = path[depth] as string;
  const isLast = depth === path.length - 1;
  if (Array.isArray(value)) {
    collectFromArray(value, path, depth, found);
    return;
  }
  if (!isFields(value)) {
    found.push(undefined);
    return;
  }
  const field = Object.hasOwn(value, name) ? value[name] : undefined;
  if (isLast || field === undefined) found.push(field);
  else collect(field, path, depth + 1, found);
}

function collectFromArray(list: readonly Value[], path: readonly string[], depth: number, found: Found[]): void {
  const name = path[depth] as string;
  if (/^\d+$/.test(name)) {
    const element = list[Number(name)];
    if (depth === path.length - 1 || element === undefined) found.push(element);
    else collect(element, path, depth + 1, found);
  }
  for (const element of list) if (isFields(element)) collect(element, path, depth, found);
}

function isOperators(condition: Value): condition is Fields {
  if (!isFields(condition)) return false;
  const names = Object.keys(condition);
  const operators = names.filter((name) => name.startsWith('$'));
  if (operators.length > 0 && operators.length < names.length) throw new Error(`operators beside fields: ${names}`);
  return operators.length > 0;
}

function matchesOperators(found: readonly Found[], operators: Fields): boolean {
  for (const name in operators) {
    if (!matchesOperator(found, name, operators[name] as Value, operators)) return false;
  }
  return true;
}

function matchesOperator(found: readonly Found[], name: string, operand: Value, operators: Fields): boolean {
  switch (name) {
    case '$eq':
      return equals(found, operand);
    case '$ne':
      return !equals(found, operand);
    case '$in':
      return isOneOf(found, operand as Value[]);
    case '$nin':
      return !isOneOf(found, operand as Value[]);
    case '$gt':
      return isOrdered(found, operand, (order) => order > 0);
    case '$gte':
      return isOrdered(found, operand, (order) => order >= 0);
    case '$lt':
      return isOrdered(found, operand, (order) => order < 0);
    case '$lte':
      return isOrdered(found, operand, (order) => order <= 0);
    case '$exists':
      return found.some((value) => value !== undefined) === operand;
    case '$size':
      return found.some((value) => Array.isArray(value) && value.length === operand);
    case '$not':
      return !matchesOperators(found, operand as Fields);
    case '$all':
      return (operand as Value[]).every((each) => equals(found, each));
    case '$elemMatch':
      return found.some((value) => Array.isArray(value) && value.some((each) => matchesElement(each, operand)));
    case '$regex':
      return someCandidate(found, (value) => matchesText(value, operand as never, operators.$options));
    case '$options':
      return true;
    default:
      throw unknownOperator(name);
  }
}

function isOneOf(found: readonly Found[], choices: readonly Value[]): boolean {
  return choices.some((choice) => equals(found, choice));
}

/** Null stands for what is absent, too. */
function equals(found: readonly Found[], operand: Value): boolean {
  if (operand === null) return found.length === 0 || someCandidate(found, (value) => value === null);
  return someCandidate(found, (value) => areSame(value, operand));
}

function isOrdered(found: readonly Found[], operand: Value, isWanted: (order: number) => boolean): boolean {
  if (operand === null || operand === undefined) throw new Error('a range with null matches nothing of use');
  return someCandidate(found, (value) => areComparable(value, operand) && isWanted(compareValues(value, operand)));
}

/** An array matches as a whole and by each of its elements. */
function someCandidate(found: readonly Found[], matches: (value: Value) => boolean): boolean {
  return found.some((value) => {
    if (matches(value ?? null)) return true;
    return Array.isArray(value) && value.some((element) => matches(element));
  });
}

function matchesText(value: Value, pattern: string | RegExp, flags: Value = ''): boolean {
  return typeof value === 'string' && new RegExp(pattern, String(flags ?? '')).test(value);
}

/** Returns the fault of a filter or update that uses what is not modelled. */
export function unknownOperator(name: string): Error {
  return new Error(`the fake database does not know ${name}; teach it`);
}
