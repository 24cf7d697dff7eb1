import { contractCases } from '../../src/contract/suite.ts';
import { contractSubjects } from '../contract/contract-subjects.ts';
import type { Figures, Proof } from '../support/proof.ts';
import { CaseTable } from './contract/case-table.ts';

/**
 * Runs every case of the contract on every store and prints one table of cases × stores. It has no test of its own: the
 * same cases are the tests of test/contract.
 */
export const proof: Proof = {
  claim: 'every store keeps every promise of the contract, but for the deviations that are listed with their reasons',
  counts: { short: 1, full: 1 },
  async run({ count, log }) {
    const table = new CaseTable(contractSubjects.map(({ name }) => name));
    for (let round = 0; round < count; round++) {
      for (const subject of contractSubjects) {
        log(subject.name);
        await table.fill(subject, contractCases);
      }
    }
    log(`cases × stores\n${table.print()}`);
    const unexplained = table.broken.map(({ store, title, reason }) => `${store}: ${title}: ${reason}`);
    if (unexplained.length > 0) throw new Error(`${unexplained.length} unexplained:\n${unexplained.join('\n')}`);
    return { ...table.counts(), unexplained: 0 } satisfies Figures;
  },
};
