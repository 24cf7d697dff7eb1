import { type CommandOption, type Invocation, textOption, UsageError } from './command.ts';

const DEFAULT_TENANT = 'default';

/** The option that names whose sessions a command works on. */
export const TENANT_OPTION: CommandOption = {
  name: 'tenant',
  placeholder: 'name',
  effect: `Tenant of the sessions. Default: ${DEFAULT_TENANT}, which is everybody's while there are no API keys.`,
};

/** Returns the tenant that an invocation names; throws UsageError where it is none. */
export function tenantOption(invocation: Invocation): string {
  const tenant = textOption(invocation, TENANT_OPTION.name) ?? DEFAULT_TENANT;
  if (/^[A-Za-z0-9._-]{1,64}$/.test(tenant)) return tenant;
  throw new UsageError(`--tenant=${JSON.stringify(tenant)}: no tenant: use A-Z a-z 0-9 . _ -, up to 64`);
}
