import { SessionError } from '../../model/session-error.ts';
import type { Connection } from './connection.ts';

/** Marks the file as Threadkeep's: `ThKp` in PRAGMA application_id. */
export const APPLICATION_ID = 0x54684b70;

/** Migration turns a file of one schema version into the next, inside a transaction. */
export type Migration = string;

/** The tables whose rows hold one JSON text of a session each, by session key. */
export const PART_TABLES = ['details', 'state', 'summaries', 'activity'] as const;

/** PartTable names one of the tables of session parts. */
export type PartTable = (typeof PART_TABLES)[number];

/** The sequence bits of a message's id: id = session key << 32 | sequence. */
export const SEQUENCE_MAX = 0xffff_ffff;

// Every printable ASCII character belongs to a token, so that a term is one token, whatever it holds.
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const TOKENIZER = `ascii tokenchars '${PUNCTUATION.replaceAll("'", "''")}'`.replaceAll('"', '""');

const VERSION_1: Migration = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tenants (key INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL);

-- One row for each life of an id: a key is never used twice, so that what hangs on a gone life is out of reach.
-- status is 1 ACTIVE, 2 DORMANT, 3 EXPIRED, 4 ENDED, negative for a tombstone. Messages up to floor are no more.
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  rev INTEGER NOT NULL,
  status INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  conversation_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_access_at INTEGER NOT NULL,
  access_minute INTEGER NOT NULL,
  due_at INTEGER,
  deadlines TEXT NOT NULL,
  floor INTEGER NOT NULL,
  header TEXT NOT NULL,
  crc INTEGER NOT NULL
);
CREATE UNIQUE INDEX sessions_by_id ON sessions (tenant, session_id);
CREATE UNIQUE INDEX sessions_by_uid ON sessions (uid, tenant);
CREATE INDEX sessions_by_creation ON sessions (tenant, created_at, session_id);
CREATE INDEX sessions_by_access ON sessions (tenant, access_minute);
CREATE INDEX sessions_by_user ON sessions (tenant, user_id, created_at) WHERE user_id <> '';
CREATE INDEX sessions_by_agent ON sessions (tenant, agent_id, created_at) WHERE agent_id <> '';
CREATE INDEX sessions_by_due ON sessions (tenant, due_at, session_id) WHERE due_at IS NOT NULL;

CREATE TABLE details (session INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE state (session INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE summaries (session INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE activity (session INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  created_at INTEGER NOT NULL,
  role INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  token_count INTEGER NOT NULL,
  sent_at INTEGER,
  run_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  crc INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX messages_by_message_id ON messages (id >> 32, message_id) WHERE message_id <> '';
CREATE INDEX messages_by_turn ON messages (id >> 32, turn_id) WHERE turn_id <> '';
CREATE VIRTUAL TABLE terms USING fts5(text, content='', contentless_delete=1, detail=none, tokenize="${TOKENIZER}");

CREATE TABLE request_ids (
  session INTEGER NOT NULL,
  number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  keep_until INTEGER NOT NULL,
  body TEXT NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (session, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX request_ids_by_digest ON request_ids (session, digest);
CREATE TABLE tool_calls (
  session INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  body TEXT NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (session, call_id)
) WITHOUT ROWID;
CREATE TABLE claims (
  tenant INTEGER NOT NULL,
  claim TEXT NOT NULL,
  session INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (tenant, claim)
) WITHOUT ROWID;
CREATE INDEX claims_by_session ON claims (session);

CREATE TABLE events (
  tenant INTEGER NOT NULL,
  number INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  eid TEXT NOT NULL,
  body TEXT NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_by_eid ON events (tenant, eid);
CREATE INDEX events_by_time ON events (tenant, recorded_at);

CREATE TABLE agents (
  tenant INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  rev INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (tenant, agent_id)
) WITHOUT ROWID;
CREATE INDEX agents_by_update ON agents (updated_at);
CREATE TABLE beats (instance TEXT PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outages (from_at INTEGER PRIMARY KEY, to_at INTEGER NOT NULL, crc INTEGER NOT NULL);

-- What waits to be removed in small steps: messages of a session up to a sequence, or all that hung on a gone life.
CREATE TABLE garbage (
  session INTEGER NOT NULL,
  through INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (session, through)
) WITHOUT ROWID;
`;

/** The migrations in order: the first makes an empty file version 1. */
export const MIGRATIONS: readonly Migration[] = [VERSION_1];

/**
 * Brings a file to the newest schema version, all of it or nothing; repeatable.
 * Throws STORE_UNAVAILABLE for a file of another program or of a newer version.
 */
export function migrate(connection: Connection, migrations: readonly Migration[] = MIGRATIONS): void {
  const { database, path } = connection;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = readVersion(connection);
    if (version > migrations.length) {
      throw new SessionError(
        'STORE_UNAVAILABLE',
        `${path} has schema version ${version}, but this version of Threadkeep knows ${migrations.length}: use a newer Threadkeep`,
      );
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    if (version < migrations.length) {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
    }
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** Creates the STORE_UNAVAILABLE for a database that is not Threadkeep's. */
export function foreignFile(path: string): SessionError {
  const message = `${path} is a database of another program: give another path, or move the file away`;
  return new SessionError('STORE_UNAVAILABLE', message);
}

function readVersion(connection: Connection): number {
  const applicationId = connection.get<{ application_id: number }>('PRAGMA application_id')?.application_id ?? 0;
  const version = connection.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  const { tables } = connection.get<{ tables: number }>('SELECT count(*) AS tables FROM sqlite_schema')!;
  if (applicationId === APPLICATION_ID && version > 0) return version;
  if (applicationId === 0 && version === 0 && tables === 0) return 0;
  throw foreignFile(connection.path);
}
