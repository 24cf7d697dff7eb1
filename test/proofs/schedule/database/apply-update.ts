import { matchesElement, unknownOperator } from './match-filter.ts';
import { areSame, compareValues, copyValue, type Fields, isFields, type Value } from './values.ts';

/** UpdateOptions are those of an update that change what it does to one document. */
export interface UpdateOptions {
  arrayFilters?: Fields[];
  /** True where the document is made by an upsert. */
  isInsert: boolean;
}

/**
 * Applies classic update operators to a copy of a document and returns it. Throws on operators it does not know, on
 * paths in conflict with each other, and where MongoDB refuses: `$push` to what is no array, a change of `_id`.
 */
export function applyUpdate(document: Fields, update: Fields, { arrayFilters = [], isInsert }: UpdateOptions): Fields {
  checkConflicts(update);
  const changed = copyValue(document) as Fields;
  for (const [operator, operands] of Object.entries(update)) {
    if (operator === '$setOnInsert' && !isInsert) continue;
    const change = changes[operator];
    if (change === undefined) throw unknownOperator(operator);
    for (const [path, operand] of Object.entries(operands as Fields)) {
      if (operand === undefined) throw new TypeError(`${operator} of ${path} has no value`);
      for (const place of placesOf(changed, path, arrayFilters, change.makes)) change.apply(place, operand);
    }
  }
  if (!areSame(changed._id ?? null, document._id ?? null)) throw new Error('an update changes _id');
  return changed;
}

function checkConflicts(update: Fields): void {
  const paths = Object.entries(update).flatMap(([operator, operands]) => {
    if (!operator.startsWith('$')) throw new Error(`the update replaces a document: ${operator}`);
    return Object.keys(operands as Fields);
  });
  paths.sort();
  for (const [index, path] of paths.entries()) {
    const conflict = paths.slice(index + 1).find((other) => other === path || other.startsWith(`${path}.`));
    if (conflict !== undefined) throw new Error(`updating ${path} and ${conflict} would create a conflict`);
  }
}

/** Place is a field of a document or an element of an array in it. */
interface Place {
  holder: Fields | Value[];
  name: string;
}

/** Change is what an operator does at each place; `makes` tells whether it makes the documents on the way. */
interface Change {
  makes: boolean;
  apply(place: Place, operand: Value): void;
}

const changes: Record<string, Change> = {
  $set: { makes: true, apply: write },
  $setOnInsert: { makes: true, apply: write },
  $unset: { makes: false, apply: remove },
  $inc: { makes: true, apply: (place, by) => write(place, numberAt(place) + (by as number)) },
  $max: { makes: true, apply: (place, value) => writeIf(place, value, (order) => order > 0) },
  $min: { makes: true, apply: (place, value) => writeIf(place, value, (order) => order < 0) },
  $push: { makes: true, apply: push },
  $addToSet: { makes: true, apply: addToSet },
  $pull: { makes: false, apply: (place, condition) => pull(place, (each) => matchesElement(each, condition)) },
  $pullAll: {
    makes: false,
    apply: (place, values) => pull(place, (each) => (values as Value[]).some((value) => areSame(each, value))),
  },
};

/** Finds what a path of an update names; none where it leads nowhere and nothing is made. */
function placesOf(document: Fields, path: string, filters: readonly Fields[], makes: boolean): Place[] {
  const names = path.split('.');
  let holders: (Fields | Value[])[] = [document];
  for (const name of names.slice(0, -1)) {
    holders = holders.flatMap((holder) => stepsInto(holder, name, filters).flatMap((step) => enter(step, makes, path)));
  }
  return holders.flatMap((holder) => stepsInto(holder, names.at(-1) as string, filters));
}

function stepsInto(holder: Fields | Value[], name: string, filters: readonly Fields[]): Place[] {
  if (name === '$') throw unknownOperator('the positional $');
  const [, identifier] = /^\$\[(\w*)\]$/.exec(name) ?? [];
  if (identifier === undefined) return [{ holder, name }];
  if (!Array.isArray(holder)) throw new Error(`${name} leads into what is no array`);
  const chosen = [...holder.entries()].filter(
    ([, element]) => identifier === '' || passes(element, identifier, filters),
  );
  return chosen.map(([index]) => ({ holder, name: String(index) }));
}

/** An array filter is `{ 'id.field': condition }` or `{ id: condition }`. */
function passes(element: Value, identifier: string, filters: readonly Fields[]): boolean {
  const own = filters.filter((filter) => Object.keys(filter).every((name) => name.split('.')[0] === identifier));
  if (own.length !== 1) throw new Error(`${own.length} array filters for ${identifier}`);
  return Object.entries(own[0] as Fields).every(([name, condition]) =>
    matchesElement(element, name === identifier ? condition : { [name.slice(identifier.length + 1)]: condition }),
  );
}

function enter(place: Place, makes: boolean, path: string): (Fields | Value[])[] {
  const value = read(place);
  if (Array.isArray(value) || isFields(value)) return [value];
  if (!makes) return [];
  if (value !== undefined) throw new Error(`cannot create a field in ${place.name} of ${path}`);
  const made: Fields = {};
  write(place, made);
  return [read(place) as Fields];
}

function read({ holder, name }: Place): Value | undefined {
  if (Array.isArray(holder)) return holder[Number(name)];
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function write({ holder, name }: Place, value: Value): void {
  if (!Array.isArray(holder)) {
    holder[name] = copyValue(value);
    return;
  }
  if (!/^\d+$/.test(name)) throw new Error(`cannot create field ${name} in an array`);
  while (holder.length < Number(name)) holder.push(null);
  holder[Number(name)] = copyValue(value);
}

function remove({ holder, name }: Place): void {
  if (!Array.isArray(holder)) delete holder[name];
  else if (Number(name) < holder.length) holder[Number(name)] = null;
}

function numberAt(place: Place): number {
  const value = read(place) ?? 0;
  if (typeof value !== 'number') throw new Error(`$inc of ${place.name}, which is no number`);
  return value;
}

function writeIf(place: Place, value: Value, isWanted: (order: number) => boolean): void {
  const current = read(place);
  if (current === undefined || isWanted(compareValues(value, current))) write(place, value);
}

function push(place: Place, operand: Value): void {
  const { $each: added, $slice: slice, $sort: sort, ...others } = modifiersOf(operand);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw unknownOperator(`${unknown} of $push`);
  const list = [...listAt(place), ...(added as Value[])];
  if (sort !== undefined) list.sort((first, second) => compareBy(sort, first, second));
  if (slice === undefined) write(place, list);
  else write(place, (slice as number) < 0 ? list.slice(slice as number) : list.slice(0, slice as number));
}

/** By a field of the elements, or by the elements themselves. */
function compareBy(sort: Value, first: Value, second: Value): number {
  if (!isFields(sort)) return compareValues(first, second) * (sort as number);
  for (const [field, direction] of Object.entries(sort)) {
    const order = compareValues((first as Fields)[field], (second as Fields)[field]);
    if (order !== 0) return order * (direction as number);
  }
  return 0;
}

function addToSet(place: Place, operand: Value): void {
  const { $each: added } = modifiersOf(operand);
  const list = [...listAt(place)];
  for (const value of added as Value[]) if (!list.some((known) => areSame(known, value))) list.push(value);
  write(place, list);
}

function modifiersOf(operand: Value): Fields {
  return isFields(operand) && '$each' in operand ? operand : { $each: [operand] };
}

function listAt(place: Place): Value[] {
  const list = read(place) ?? [];
  if (!Array.isArray(list)) throw new Error(`${place.name} must be an array`);
  return list;
}

function pull(place: Place, isPulled: (element: Value) => boolean): void {
  if (read(place) === undefined) return;
  const list = listAt(place);
  write(
    place,
    list.filter((element) => !isPulled(element)),
  );
}
