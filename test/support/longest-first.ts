import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Runs the proofs before all other tests: they take the longest, and whatever is short fills the other workers meanwhile. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isProof), ...sorted.filter((file) => !isProof(file))];
  }
}

function isProof({ moduleId }: TestSpecification): boolean {
  return moduleId.includes('/test/proofs/');
}
