import type { SearchCandidate, SearchIndex, SearchQuery } from '../../ports/search-index.ts';
import type { Reader } from './reader.ts';
import type { Scanner } from './scans.ts';

/** SqliteSearchIndex finds candidates in the FTS5 table that commits fill in their own transaction. */
export class SqliteSearchIndex implements SearchIndex {
  readonly #reader: Reader;
  readonly #scanner: Scanner;

  constructor(reader: Reader, scanner: Scanner) {
    this.#reader = reader;
    this.#scanner = scanner;
  }

  async find(tenant: string, query: SearchQuery, signal?: AbortSignal): Promise<SearchCandidate[]> {
    this.#reader.enter(signal);
    return this.#scanner.scan('search', { tenant, query });
  }
}
