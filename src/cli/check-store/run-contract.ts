import { missingAbilities } from '../../contract/contract-case.ts';
import { contractCases } from '../../contract/suite.ts';
import type { ScratchHarness } from './scratch-harness.ts';

/** TopicResult counts what became of the cases of one topic of the contract. */
export interface TopicResult {
  topic: string;
  passed: number;
  /** Cases that need what only a test of the adapter can do. */
  skipped: number;
  /** Title and reason of each case that failed. */
  failures: { title: string; reason: string }[];
}

/** Runs the contract of the Store port against a harness, a topic at a time. */
export async function* runContract(harness: ScratchHarness): AsyncGenerator<TopicResult> {
  for (const [topic, cases] of Map.groupBy(contractCases, (each) => each.topic)) {
    const result: TopicResult = { topic, passed: 0, skipped: 0, failures: [] };
    for (const each of cases) {
      if (missingAbilities(each, harness).length > 0) {
        result.skipped += 1;
        continue;
      }
      try {
        await each.run(harness);
        result.passed += 1;
      } catch (error) {
        result.failures.push({ title: each.title, reason: String((error as Error).message ?? error) });
      } finally {
        await harness.clear();
      }
    }
    yield result;
  }
}
