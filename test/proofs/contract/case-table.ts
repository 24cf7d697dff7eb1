import type { ContractCase } from '../../../src/contract/contract-case.ts';
import { type ContractSubject, judgeCase } from '../../contract/contract-subject.ts';

/** BrokenCase is a promise that a store broke without a known reason. */
export interface BrokenCase {
  store: string;
  title: string;
  reason: string;
}

/** CaseTable is what became of each case of the contract on each store. */
export class CaseTable {
  readonly broken: BrokenCase[] = [];
  readonly #stores: readonly string[];
  readonly #cells = new Map<string, Map<string, string>>();
  /** Reasons of deviations, in the order of their numbers in the table. */
  readonly #reasons: string[] = [];

  constructor(stores: readonly string[]) {
    this.#stores = stores;
  }

  /** Runs the cases on a subject, one after the other, and notes what became of them. */
  async fill(subject: ContractSubject, cases: readonly ContractCase[]): Promise<void> {
    const harness = await subject.prepare();
    for (const each of cases) {
      const title = `${each.topic}: ${each.title}`;
      try {
        const verdict = await judgeCase(subject, harness, each);
        this.#note(title, subject.name, verdict.isKept ? 'kept' : this.#markOf(`${subject.name}: ${verdict.reason}`));
      } catch (error) {
        this.#note(title, subject.name, 'BROKEN');
        this.broken.push({ store: subject.name, title, reason: String(error) });
      }
    }
    await harness.close();
  }

  /** Counts, by store, what was kept, deviated from, and broken. */
  counts(): Record<string, string> {
    return Object.fromEntries(
      this.#stores.map((store) => {
        const cells = [...this.#cells.values()].map((row) => row.get(store));
        const count = (wanted: (cell: string) => boolean) => cells.filter((cell) => wanted(cell ?? '')).length;
        const deviating = count((cell) => cell.startsWith('['));
        return [store, `${count((cell) => cell === 'kept')} kept, ${deviating} deviate for a reason`];
      }),
    );
  }

  /** Prints a row for each case, a column for each store, and the reasons below. */
  print(): string {
    const width = Math.max(...[...this.#cells.keys()].map(({ length }) => length));
    const line = (first: string, cells: string[]) =>
      [first.padEnd(width), ...cells.map((cell, place) => cell.padEnd(this.#stores[place]?.length ?? 0))].join('  ');
    const rows = [...this.#cells].map(([title, row]) =>
      line(
        title,
        this.#stores.map((store) => row.get(store) ?? ''),
      ),
    );
    const notes = this.#reasons.map((reason, place) => `[${place + 1}] ${reason}`);
    return [line('', [...this.#stores]), ...rows, '', ...notes].join('\n');
  }

  #note(title: string, store: string, cell: string): void {
    const row = this.#cells.get(title) ?? new Map<string, string>();
    this.#cells.set(title, row);
    if (row.get(store) !== 'BROKEN') row.set(store, cell);
  }

  #markOf(reason: string): string {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
    return `[${this.#reasons.indexOf(reason) + 1}]`;
  }
}
