import type { Ability, Harness } from './harness.ts';
import { Stage } from './stage.ts';

/** ContractCase is one promise of the Store port as a runnable case: `run` throws where it is broken. */
export interface ContractCase {
  topic: string;
  /** A fact about every store. */
  title: string;
  requires: readonly Ability[];
  run(harness: Harness): Promise<void>;
}

/** CaseBodies maps titles to what shows them on a stage with an empty store. */
export type CaseBodies = Record<string, (stage: Stage) => Promise<void>>;

/** Makes a topic's cases from its table of titles and bodies; each gets a store of its own, closed afterwards. */
export function casesOf(topic: string, bodies: CaseBodies, requires: readonly Ability[] = []): ContractCase[] {
  return Object.entries(bodies).map(([title, body]) => ({
    topic,
    title,
    requires,
    run: (harness) => perform(harness, body),
  }));
}

/** Returns the abilities that a case requires and a harness has not. */
export function missingAbilities(contractCase: ContractCase, harness: Harness): Ability[] {
  return contractCase.requires.filter((ability) => harness[ability] === undefined);
}

async function perform(harness: Harness, body: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open(harness);
  try {
    await body(stage);
  } finally {
    await stage.store.close();
  }
}
