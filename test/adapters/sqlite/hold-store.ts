import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { sampleHeader, sampleMessages } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';

const [path = '', sessionCount = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ path, address: 'http://127.0.0.1:7420' });
for (let number = 1; number <= Number(sessionCount); number++) {
  const sessionId = `s${number}`;
  const header = sampleHeader({ tenant: 'acme', sessionId, lastSequence: 3 });
  const basis = await store.sessions.load('acme', sessionId, {});
  await store.sessions.commit(basis, changesWith(header, { messages: sampleMessages(1, 3, { terms: ['word'] }) }), []);
}
console.log('ready');
setInterval(() => {}, 60_000);
