import type { Setting, Values } from './setting.ts';
import { accessSettings } from './settings/access.ts';
import { limitSettings } from './settings/limits.ts';
import { serverSettings } from './settings/server.ts';
import { sessionSettings } from './settings/sessions.ts';
import { storeSettings } from './settings/store.ts';
import { workSettings } from './settings/work.ts';

/** The configuration table: validation, help, docs/configuration.md and `threadkeep config` are made from it. */
const SETTINGS = {
  ...serverSettings,
  ...storeSettings,
  ...accessSettings,
  ...sessionSettings,
  ...limitSettings,
  ...workSettings,
};

/** Configuration is the value of each setting; sizes in bytes, durations in ms. */
export type Configuration = Values<typeof SETTINGS>;

/** AnySetting is a row of the table whose value's type does not matter. */
export type AnySetting = Setting<unknown> & { property: keyof Configuration };

/** The parts of the table in the order of reading, with their titles. */
export const SETTING_GROUPS: readonly { title: string; settings: readonly AnySetting[] }[] = [
  { title: 'Server', settings: rowsOf(serverSettings) },
  { title: 'Store', settings: rowsOf(storeSettings) },
  { title: 'Access', settings: rowsOf(accessSettings) },
  { title: 'Life of sessions', settings: rowsOf(sessionSettings) },
  { title: 'Limits', settings: rowsOf(limitSettings) },
  { title: 'Inside', settings: rowsOf(workSettings) },
];

/** All rows of the table. */
export const ALL_SETTINGS: readonly AnySetting[] = SETTING_GROUPS.flatMap(({ settings }) => settings);

function rowsOf(group: Partial<typeof SETTINGS>): AnySetting[] {
  return Object.entries(group).map(([property, row]) => ({ ...row, property }) as AnySetting);
}
