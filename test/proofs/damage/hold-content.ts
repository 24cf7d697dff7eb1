import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { addToStore, contentClock } from './content.ts';

const [path = '', seed = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ path, clock: contentClock });
await addToStore(store, Number(seed));
console.log('ready');
setInterval(() => {}, 60_000);
