import { type ApiKey, apiKeys } from '../api-key.ts';
import { path } from '../kind.ts';
import { setting } from '../setting.ts';

const NO_KEYS: readonly ApiKey[] = [];

/** Who may call. */
export const accessSettings = {
  apiKeys: setting({
    name: 'api-keys',
    kind: apiKeys(),
    default: NO_KEYS,
    hasFlag: false,
    effect:
      'Keys that callers send as `Authorization: Bearer <key>` or `x-api-key: <key>`. Scopes are read, write, watch (these three by default), admin, operator. Without any key everybody on this machine may do everything, as tenant `default`.',
  }),
  apiKeysPath: setting({
    name: 'api-keys-file',
    kind: path(),
    default: null,
    effect: 'File with further keys, one a line; lines that begin with # say nothing.',
  }),
};
