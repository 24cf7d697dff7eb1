import { describe, test } from 'vitest';
import { missingAbilities } from '../../src/contract/contract-case.ts';
import type { Harness } from '../../src/contract/harness.ts';
import { contractCases } from '../../src/contract/suite.ts';

/** Declares a test for every case of the contract; a case that the harness cannot show is skipped and says what is missing. */
export function testContract(harness: Harness): void {
  for (const [topic, cases] of Map.groupBy(contractCases, (each) => each.topic)) {
    describe(topic, () => {
      for (const contractCase of cases) {
        test(contractCase.title, async (context) => {
          const missing = missingAbilities(contractCase, harness);
          if (missing.length > 0) context.skip(`this store cannot ${missing.join(' or ')}`);
          await contractCase.run(harness);
        });
      }
    });
  }
}
