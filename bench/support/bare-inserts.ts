import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';

// The least that stores conversations durably here: reads JSON Lines and inserts the messages into a table of SQLite, one
// transaction for as many conversations as an import has in flight. Arguments: the file with the lines, and the database's.

const AT_ONCE = 16;

interface Conversation {
  id: string;
  messages: { role: string; content: string }[];
}

const [source = '', target = ''] = process.argv.slice(2);
const database = new DatabaseSync(target);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
database.exec('CREATE TABLE sessions (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)');
database.exec('CREATE TABLE messages (id INTEGER PRIMARY KEY, role TEXT NOT NULL, body BLOB NOT NULL)');
const insertSession = database.prepare('INSERT INTO sessions (id) VALUES (?)');
const insertMessage = database.prepare('INSERT INTO messages (id, role, body) VALUES (?, ?, ?)');

let waiting: Conversation[] = [];
for await (const line of createInterface({ input: createReadStream(source) })) {
  waiting.push(JSON.parse(line));
  if (waiting.length === AT_ONCE) insertWaiting();
}
insertWaiting();
database.close();

function insertWaiting(): void {
  database.exec('BEGIN');
  for (const { id, messages } of waiting) {
    const key = BigInt(insertSession.run(id).lastInsertRowid) << 32n;
    for (const [place, { role, content }] of messages.entries()) {
      insertMessage.run(key + BigInt(place), role, Buffer.from(content));
    }
  }
  database.exec('COMMIT');
  waiting = [];
}
