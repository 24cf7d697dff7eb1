import type { Reporter, TestModule, TestSuite } from 'vitest/node';

type Counts = { kept: number; deviating: number; broken: number };

const contractTest = /^test\/contract\/(.+)\.test\.ts$/;

/** Prints, after a run, how the contract's cases went on each store: topics × stores. The whole table is `npm run prove -- contract`. */
export class ContractReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const stores = modules.flatMap((module) => {
      const [, name] = contractTest.exec(module.relativeModuleId) ?? [];
      const topics = new Map([...module.children.suites()].map((suite) => [suite.name, countsOf(suite)]));
      return name === undefined || topics.size === 0 ? [] : [{ name, topics }];
    });
    if (stores.length === 0) return;
    const topics = new Set(stores.flatMap(({ topics: counted }) => [...counted.keys()]));
    const width = Math.max(...[...topics].map(({ length }) => length));
    console.log('The contract: promises kept +deviations for a reason (printed as skipped) !broken');
    console.log(
      row(
        '',
        stores.map(({ name }) => name),
      ),
    );
    for (const topic of topics)
      console.log(
        row(
          topic,
          stores.map((store) => cellOf(store.topics.get(topic))),
        ),
      );

    function row(topic: string, cells: string[]): string {
      const padded = cells.map((cell, place) => cell.padStart(Math.max(8, stores[place]?.name.length ?? 0)));
      return `  ${[topic.padEnd(width), ...padded].join('  ')}`;
    }
  }
}

function countsOf(suite: TestSuite): Counts {
  const count = (state: 'passed' | 'skipped' | 'failed') => [...suite.children.allTests(state)].length;
  return { kept: count('passed'), deviating: count('skipped'), broken: count('failed') };
}

function cellOf(counts: Counts | undefined): string {
  if (counts === undefined) return '';
  const { kept, deviating, broken } = counts;
  return `${kept}${deviating === 0 ? '' : ` +${deviating}`}${broken === 0 ? '' : ` !${broken}`}`;
}
