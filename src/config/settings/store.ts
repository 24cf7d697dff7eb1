import { choice } from '../kind.ts';
import { setting } from '../setting.ts';
import { type StoreAddress, storeAddress } from '../store-address.ts';

const DEFAULT_STORE: StoreAddress = { adapter: 'sqlite', path: './data/threadkeep.db' };

/** What keeps the sessions. */
export const storeSettings = {
  store: setting({
    name: 'store',
    kind: storeAddress(),
    default: DEFAULT_STORE,
    effect:
      'What keeps the sessions: a SQLite file, made with its folder where it is missing; SQLite in memory; or plain memory. Memory is gone when the process ends.',
  }),
  durability: setting({
    name: 'durability',
    kind: choice(['full', 'normal']),
    default: 'full',
    effect:
      'full = on disk before it is answered. normal = faster; a power cut or a crash of the machine can lose the last answered calls.',
  }),
};
