import { enableCompileCache } from 'node:module';
import { defineConfig } from 'vitest/config';
import { ContractReporter } from './test/support/contract-reporter.ts';
import { CountReporter } from './test/support/count-reporter.ts';
import { FailureReporter } from './test/support/failure-reporter.ts';
import { LongestFirst } from './test/support/longest-first.ts';
import { SkipReporter } from './test/support/skip-reporter.ts';

const countFile = process.env.THREADKEEP_TEST_COUNT_FILE;

// Tests start hundreds of threads and processes of the service: what one has compiled the next need not compile again.
process.env.NODE_COMPILE_CACHE ??= enableCompileCache().directory ?? '';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A process per file, on every core: tests kill processes, patch globals and watch memory.
    pool: 'forks',
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    // The servers that tests share are started by the first that asks, and stopped here.
    globalSetup: ['test/support/servers/share-servers.ts'],
    reporters: [
      'default',
      new SkipReporter(),
      new ContractReporter(),
      ...(countFile === undefined ? [] : [new CountReporter(countFile)]),
      new FailureReporter(),
    ],
  },
});
