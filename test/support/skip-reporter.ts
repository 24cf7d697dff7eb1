import type { Reporter, TestModule } from 'vitest/node';

/** Prints, after a run, every skipped test with the reason that it gave. */
export class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = 'note' in result ? result.note : undefined;
        console.log(`skipped: ${module.relativeModuleId} › ${test.fullName} (${reason ?? 'no reason given'})`);
      }
    }
  }
}
