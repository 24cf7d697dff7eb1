import { SessionError } from '../../model/session-error.ts';

/** EnumNames maps the numbers of a contract's enum to the model's names and back. */
export interface EnumNames<Name extends string, Value extends number> {
  numberOf(name: Name): Value;
  /** The name of a number; 0 is `unset`, or INVALID_FIELD where nothing stands for it, as is an unknown number. */
  nameOf(number: number, field: string, unset?: Name): Name;
}

/** Builds the mapping from the model's names to the numbers of the contract, which all are above 0. */
export function createEnumNames<Name extends string, Value extends number>(
  numbers: Record<Name, Value>,
): EnumNames<Name, Value> {
  const names = new Map(Object.entries<number>(numbers).map(([name, number]) => [number, name as Name]));
  return {
    numberOf: (name) => numbers[name],
    nameOf(number, field, unset) {
      const name = number === 0 ? unset : names.get(number);
      if (name !== undefined) return name;
      const choices = [...names.values()].join(', ');
      const fault = number === 0 ? 'is required' : `has the unknown value ${number}`;
      throw new SessionError('INVALID_FIELD', `${field} ${fault}; use one of ${choices}`, { field });
    },
  };
}
