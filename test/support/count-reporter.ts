import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Writes "N passed, N failed" to a file after a run; what failed outside of a test, such as an import, counts too. */
export class CountReporter implements Reporter {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const passed = modules.reduce((sum, module) => sum + countOf(module, 'passed'), 0);
    const failed = modules.reduce((sum, module) => sum + (module.ok() ? 0 : countOf(module, 'failed') || 1), 0);
    writeFileSync(this.#file, `${passed} passed, ${failed + errors.length} failed\n`);
  }
}

function countOf(module: TestModule, state: 'passed' | 'failed'): number {
  return [...module.children.allTests(state)].length;
}
