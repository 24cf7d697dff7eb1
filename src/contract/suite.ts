import { abortingCases } from './aborting.ts';
import { agentCases } from './agents.ts';
import { claimCases } from './claims.ts';
import { closingCases } from './closing.ts';
import { commitCases } from './commit.ts';
import { concurrencyCases } from './concurrency.ts';
import type { ContractCase } from './contract-case.ts';
import { dueCases } from './due.ts';
import { durabilityCases } from './durability.ts';
import { eventCases } from './events.ts';
import { expiryCases } from './expiry.ts';
import { corruptionCases, outageCases } from './faults.ts';
import { identityCases } from './identity.ts';
import { isolationCases } from './isolation.ts';
import { lifecycleCases } from './lifecycle.ts';
import { limitCases } from './limits.ts';
import { listingCases } from './listing.ts';
import { lifeCases, restartCases } from './lives.ts';
import { loadingCases } from './loading.ts';
import { messageCases } from './messages.ts';
import { presenceCases } from './presence.ts';
import { requestIdCases } from './request-ids.ts';
import { searchCases } from './search.ts';
import { slideCases } from './slides.ts';
import { statisticsCases } from './statistics.ts';
import { writeCases } from './writes.ts';

/** The whole contract of the Store port: what every adapter's tests and `threadkeep check-store` run. */
export const contractCases: readonly ContractCase[] = [
  ...lifecycleCases,
  ...commitCases,
  ...slideCases,
  ...requestIdCases,
  ...claimCases,
  ...messageCases,
  ...loadingCases,
  ...listingCases,
  ...dueCases,
  ...eventCases,
  ...searchCases,
  ...statisticsCases,
  ...agentCases,
  ...presenceCases,
  ...isolationCases,
  ...identityCases,
  ...limitCases,
  ...lifeCases,
  ...expiryCases,
  ...writeCases,
  ...concurrencyCases,
  ...durabilityCases,
  ...restartCases,
  ...outageCases,
  ...corruptionCases,
  ...abortingCases,
  ...closingCases,
];
