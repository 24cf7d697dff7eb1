import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Runs proofs and contracts before all other tests: they take the longest, and what is short fills the workers in the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return moduleId.includes('/test/proofs/') || moduleId.includes('/test/contract/');
}
