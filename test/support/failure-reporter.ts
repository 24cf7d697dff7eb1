import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Prints, at the very end of a run, a line for each failure, so that whoever sees only the end of a log knows what failed. */
export class FailureReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const module of modules) {
      for (const error of module.errors()) print(module.relativeModuleId, error);
      for (const test of module.children.allTests('failed')) {
        for (const error of test.result().errors ?? []) print(`${module.relativeModuleId} › ${test.fullName}`, error);
      }
    }
    for (const error of errors) print('outside of any test', error);
  }
}

function print(place: string, { message }: SerializedError): void {
  console.log(`failed: ${place}: ${message.slice(0, MESSAGE_LENGTH_MAX)}`);
}

const MESSAGE_LENGTH_MAX = 1000;
