import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Synchronous says when a commit is on the disk: FULL = before it is answered, NORMAL = at the next checkpoint. */
export type Synchronous = 'FULL' | 'NORMAL';

/** ConnectionOptions says what a connection is for: a reader never waits, a scanner reads and makes checkpoints. */
export type ConnectionOptions =
  | { role: 'reader'; path: string }
  | { role: 'scanner'; path: string }
  | { role: 'writer'; path: string; synchronous: Synchronous; pageCountMax?: number };

const STATEMENTS_MAX = 256;
/** What a burst made it longer is given back when the log begins anew. */
const LOG_FILE_BYTES_MAX = 64 * 1024 * 1024;
const WRITER_WAIT_MS = 10_000;
const SCANNER_WAIT_MS = 500;

/** Connection is a database handle with its prepared statements, each prepared once and never left open. */
export class Connection {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.database = database;
  }

  /** Reads all rows; `Row` names the columns that the SQL selects. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Reads the first row, if there is one. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  /** Runs a statement and returns the number of rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Runs an INSERT and returns the key that the row got. */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** Runs reads in one snapshot. */
  snapshot<Value>(read: () => Value): Value {
    if (this.database.isTransaction) return read();
    this.run('BEGIN');
    try {
      return read();
    } finally {
      if (this.database.isTransaction) this.run('COMMIT');
    }
  }

  /** Closes the handle; statements go with it. Idempotent. */
  close(): void {
    this.#statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Opens a connection with the settings of its role. Throws what node:sqlite throws. */
export function openConnection(options: ConnectionOptions): Connection {
  const { path } = options;
  if (options.role === 'reader') {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA cell_size_check = ON');
    return new Connection(path, database);
  }
  if (options.role === 'scanner') {
    const database = new DatabaseSync(path, { timeout: SCANNER_WAIT_MS });
    database.exec('PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 0');
    return new Connection(path, database);
  }
  const database = new DatabaseSync(path, { timeout: WRITER_WAIT_MS });
  database.exec('PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
  // Checkpoints are another thread's work: one on the writer costs its callers tens of milliseconds.
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = ${options.synchronous};
    PRAGMA journal_size_limit = ${LOG_FILE_BYTES_MAX}`,
  );
  if (options.pageCountMax !== undefined) database.exec(`PRAGMA max_page_count = ${options.pageCountMax}`);
  return new Connection(path, database);
}
