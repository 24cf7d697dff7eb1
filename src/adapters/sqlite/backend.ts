import { type BatchResult, packBatch } from './batch.ts';
import { UNNOTED_COUNT } from './commit-count.ts';
import type { Connection, Synchronous } from './connection.ts';
import { factsFromError, translateError, unavailable } from './errors.ts';
import type { ScannerHandlers, ScannerThreadOptions } from './scanner-thread.ts';
import { type Scanner, type Scans, scansOf } from './scans.ts';
import { Thread } from './thread.ts';
import type { Write } from './write.ts';
import type { WriteRunner } from './write-queue.ts';
import { Writer } from './writer.ts';
import type { WriterHandlers, WriterThreadOptions } from './writer-thread.ts';

/** Backend is what writes and scans for a store: two threads for a file, the calling thread for memory. */
export interface Backend extends WriteRunner, Scanner {
  /** Proves that a commit goes through; throws what stands in the way. */
  probe(): Promise<void>;
  /** Opens one more scanner, for work that takes seconds; the caller closes it. */
  openScanner(): Promise<Scanner & { close(): Promise<void> }>;
  /** Gives threads and connections back, the log emptied into the file. */
  close(): Promise<void>;
}

/** FileBackendOptions is what the threads of a file need to know. */
export interface FileBackendOptions {
  path: string;
  synchronous: Synchronous;
  pageCountMax?: number;
}

/**
 * FileBackend runs a writer thread, and a scanner thread from the first scan on, and starts another one in the place of
 * one that died. Calls wait until their thread has opened the file.
 */
export class FileBackend implements Backend {
  readonly #options: FileBackendOptions;
  #writer: Thread<WriterHandlers>;
  #scanner: Thread<ScannerHandlers> | null = null;
  #isClosed = false;

  constructor(options: FileBackendOptions) {
    this.#options = options;
    this.#writer = startWriter(options);
  }

  async run(writes: readonly Write[]): Promise<BatchResult> {
    const batch = packBatch(writes);
    try {
      return JSON.parse(await this.#liveWriter().call('run', batch, [batch.bodies])) as BatchResult;
    } catch (error) {
      return { state: 'unknown', error: factsFromError(error) };
    }
  }

  async scan<Name extends keyof Scans & string>(
    name: Name,
    input: Parameters<Scans[Name]>[0],
  ): Promise<ReturnType<Scans[Name]>> {
    return callScan(this.#liveScanner(), name, input);
  }

  async probe(): Promise<void> {
    await this.#liveWriter().call('probe', null);
  }

  async openScanner(): Promise<Scanner & { close(): Promise<void> }> {
    const thread = startScanner(this.#options);
    return { scan: (name, input) => callScan(thread, name, input), close: () => thread.close() };
  }

  /** Idempotent. The writer goes last: the last connection to a file empties its log and removes it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#scanner?.close();
    await this.#writer.close();
  }

  #liveWriter(): Thread<WriterHandlers> {
    if (this.#writer.isDead && !this.#isClosed) this.#writer = startWriter(this.#options);
    return this.#writer;
  }

  #liveScanner(): Thread<ScannerHandlers> {
    const isLive = this.#scanner?.isDead === false;
    if (!isLive && !this.#isClosed) this.#scanner = startScanner(this.#options);
    if (this.#scanner === null) throw unavailable('the store is closed: open it again');
    return this.#scanner;
  }
}

/** InlineBackend does all work on the calling thread, on the one connection that a store in memory has. */
export class InlineBackend implements Backend {
  readonly #connection: Connection;
  readonly #writer: Writer;
  readonly #scans: Scans;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#writer = new Writer({ path: connection.path, open: () => connection, commitCount: UNNOTED_COUNT });
    this.#scans = scansOf(connection);
  }

  async run(writes: readonly Write[]): Promise<BatchResult> {
    return this.#writer.run(writes);
  }

  async scan<Name extends keyof Scans & string>(
    name: Name,
    input: Parameters<Scans[Name]>[0],
  ): Promise<ReturnType<Scans[Name]>> {
    const scan = this.#scans[name] as (input: never) => unknown;
    try {
      return scan(input as never) as ReturnType<Scans[Name]>;
    } catch (error) {
      throw translateError(error, this.#connection.path);
    }
  }

  async probe(): Promise<void> {
    this.#writer.probe();
  }

  async openScanner(): Promise<Scanner & { close(): Promise<void> }> {
    return { scan: (name, input) => this.scan(name, input), close: async () => {} };
  }

  async close(): Promise<void> {
    this.#writer.close();
  }
}

function startWriter(options: FileBackendOptions): Thread<WriterHandlers> {
  const threadOptions: WriterThreadOptions = options;
  return new Thread('sqlite-writer', moduleNamed('writer-thread'), threadOptions);
}

function startScanner({ path }: FileBackendOptions): Thread<ScannerHandlers> {
  const threadOptions: ScannerThreadOptions = { path };
  return new Thread('sqlite-scanner', moduleNamed('scanner-thread'), threadOptions);
}

// The ending is this module's own: .ts from the sources, .js once built.
function moduleNamed(name: string): URL {
  return new URL(`./${name}${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
}

async function callScan<Name extends keyof Scans & string>(
  thread: Thread<ScannerHandlers>,
  name: Name,
  input: Parameters<Scans[Name]>[0],
): Promise<ReturnType<Scans[Name]>> {
  const call = thread.call.bind(thread) as (name: string, input: unknown) => Promise<unknown>;
  return (await call(name, input)) as ReturnType<Scans[Name]>;
}
