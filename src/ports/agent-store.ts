import type { AgentActivity } from '../model/activity.ts';

/** AgentStore keeps what agents report without a session. */
export interface AgentStore {
  /** Reads an agent's activity; null when it never reported. */
  load(tenant: string, agentId: string, signal?: AbortSignal): Promise<AgentActivity | null>;

  /** Writes an agent's activity if the stored one still has `basisRev` (0 = still absent); answers whether it did. */
  commit(activity: AgentActivity, basisRev: number, signal?: AbortSignal): Promise<boolean>;

  /** Removes what was last updated before an instant; answers how many. */
  purge(updatedBefore: number): Promise<number>;
}
