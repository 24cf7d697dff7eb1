import { ValueFault } from '../config/kind.ts';
import { maskUrl } from '../config/mask-url.ts';
import { parseStoreAddress, type StoreAddress } from '../config/store-address.ts';
import { type Invocation, textOption, UsageError } from './command.ts';

/** Reads a store's address that was given on the command line; throws UsageError, which quotes no password. */
export function parseStoreOperand(given: string): StoreAddress {
  try {
    return parseStoreAddress(given);
  } catch (error) {
    if (error instanceof ValueFault) throw new UsageError(`${JSON.stringify(maskUrl(given))}: ${error.message}`);
    throw error;
  }
}

/** Reads the address that an option names; throws UsageError where it is missing. */
export function addressOption(invocation: Invocation, name: string): StoreAddress {
  const given = textOption(invocation, name);
  if (given === undefined) throw new UsageError(`--${name} is missing: name a store, sqlite:PATH or mongodb://…`);
  return parseStoreOperand(given);
}
