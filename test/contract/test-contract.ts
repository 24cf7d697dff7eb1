import { afterAll, describe, test } from 'vitest';
import { contractCases } from '../../src/contract/suite.ts';
import { requireServer } from '../support/servers/server-missing.ts';
import { type ContractSubject, judgeCase, type PreparedHarness } from './contract-subject.ts';

/** Declares a test for every case of the contract; a promise that a store deviates from is skipped with the reason. */
export function testContract(subject: ContractSubject): void {
  let preparing: Promise<PreparedHarness> | undefined;
  afterAll(async () => (await preparing?.catch(() => null))?.close());

  for (const [topic, cases] of Map.groupBy(contractCases, (each) => each.topic)) {
    describe(topic, () => {
      for (const contractCase of cases) {
        test(contractCase.title, async (context) => {
          preparing ??= subject.prepare();
          const harness = await requireServer(context, () => preparing as Promise<PreparedHarness>);
          const verdict = await judgeCase(subject, harness, contractCase);
          if (!verdict.isKept) context.skip(verdict.reason);
        });
      }
    });
  }
}
