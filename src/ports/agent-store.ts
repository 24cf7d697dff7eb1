import type { AgentActivity } from '../model/activity.ts';

/** AgentStore keeps what agents report without a session. */
export interface AgentStore {
  /** Reads an agent's activity; null when it never reported. */
  load(tenant: string, agentId: string, signal?: AbortSignal): Promise<AgentActivity | null>;

  /** Reads a tenant's agents in the order of their ids (bytes), those after `afterAgentId` ('' = all), at most `limit`. */
  list(tenant: string, afterAgentId: string, limit: number, signal?: AbortSignal): Promise<AgentActivity[]>;

  /** Writes an agent's activity if the stored one still has `basisRev` (0 = still absent); answers whether it did. */
  commit(activity: AgentActivity, basisRev: number, signal?: AbortSignal): Promise<boolean>;

  /** Removes what was last updated before an instant; answers how many. */
  purge(updatedBefore: number): Promise<number>;
}
