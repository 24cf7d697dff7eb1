import { AssertionError } from 'node:assert';
import { type ContractCase, missingAbilities } from '../../src/contract/contract-case.ts';
import type { Ability, Harness } from '../../src/contract/harness.ts';

/** ContractSubject is a kind of store that the contract is run on. */
export interface ContractSubject {
  /** What people call it. */
  name: string;
  /** Makes ready what its stores need; throws ServerMissing where that cannot be had. */
  prepare(): Promise<PreparedHarness>;
  /** Why its stores cannot show what some cases require. */
  cannot: Partial<Record<Ability, string>>;
  /** Why its stores break a promise, by the title of the case; one that is kept after all must go from here. */
  deviations: Readonly<Record<string, string>>;
}

/** PreparedHarness gives back, at its close, everything that the stores it opened left behind. */
export interface PreparedHarness extends Harness {
  close(): Promise<void>;
}

/** Verdict is what became of a case: the promise is kept, or deviated from for a known reason. */
export type Verdict = { isKept: true } | { isKept: false; reason: string };

/** Runs a case on a subject; throws where a promise is broken without a known reason, or kept in spite of one. */
export async function judgeCase(
  { name, cannot, deviations }: ContractSubject,
  harness: Harness,
  contractCase: ContractCase,
): Promise<Verdict> {
  const missing = missingAbilities(contractCase, harness);
  if (missing.length > 0) {
    const reasons = missing.map((ability) => cannot[ability]);
    if (reasons.includes(undefined)) throw new Error(`${name} cannot ${missing.join(' or ')}, and nothing says why`);
    return { isKept: false, reason: reasons.join('; ') };
  }
  const reason = deviations[contractCase.title];
  if (reason === undefined) {
    await contractCase.run(harness);
    return { isKept: true };
  }
  await ensureBroken(contractCase, harness);
  return { isKept: false, reason };
}

async function ensureBroken(contractCase: ContractCase, harness: Harness): Promise<void> {
  try {
    await contractCase.run(harness);
  } catch (error) {
    if (error instanceof AssertionError) return;
    throw error;
  }
  throw new Error('a deviation is listed for this case, but the promise is kept: remove the deviation');
}
