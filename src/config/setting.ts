import type { Kind } from './kind.ts';

/** Setting is one row of the configuration table. */
export interface Setting<Value> {
  /** Lower case with dashes: the flag is `--name`, the environment variable THREADKEEP_NAME, the file key `name`. */
  name: string;
  kind: Kind<Value>;
  default: NoInfer<Value>;
  /** What it does, in a sentence or two. */
  effect: string;
  /** Further environment variables, read after the setting's own. */
  aliases?: readonly string[];
  /** False for secrets: other users of a machine see the flags of a process. Defaults to true. */
  hasFlag?: boolean;
}

/** Values holds the values of a group of settings, by property. */
export type Values<Group> = {
  readonly [Name in keyof Group]: Group[Name] extends Setting<infer Value> ? Value : never;
};

/** Declares a setting; the compiler takes its value's type from the kind. */
export function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row;
}

/** Returns the environment variable of a setting: `dormant-after` → `THREADKEEP_DORMANT_AFTER`. */
export function environmentNameOf(name: string): string {
  return `THREADKEEP_${name.replaceAll('-', '_').toUpperCase()}`;
}
