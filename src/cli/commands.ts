import type { Command } from './command.ts';

/** The commands by name; each is loaded when it is asked for, so that none slows another's start. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve/serve.ts')).serveCommand,
  import: async () => (await import('./import/import.ts')).importCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  config: async () => (await import('./config.ts')).configCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  doctor: async () => (await import('./doctor/doctor.ts')).doctorCommand,
  copy: async () => (await import('./copy/copy.ts')).copyCommand,
  'check-store': async () => (await import('./check-store/check-store.ts')).checkStoreCommand,
};
