import type { AgentActivity } from '../../model/activity.ts';
import type { AgentStore } from '../../ports/agent-store.ts';
import { compareText } from './compare-text.ts';
import type { MemoryRecords } from './records.ts';

/** MemoryAgentStore keeps what agents report without a session in maps. */
export class MemoryAgentStore implements AgentStore {
  readonly #records: MemoryRecords;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  async load(tenant: string, agentId: string, signal?: AbortSignal): Promise<AgentActivity | null> {
    this.#records.enter(signal);
    return structuredClone(this.#records.of(tenant).agents.get(agentId) ?? null);
  }

  async list(tenant: string, afterAgentId: string, limit: number, signal?: AbortSignal): Promise<AgentActivity[]> {
    this.#records.enter(signal);
    return [...this.#records.of(tenant).agents.values()]
      .filter(({ agentId }) => compareText(agentId, afterAgentId) > 0)
      .sort((one, other) => compareText(one.agentId, other.agentId))
      .slice(0, limit)
      .map((activity) => structuredClone(activity));
  }

  async commit(activity: AgentActivity, basisRev: number, signal?: AbortSignal): Promise<boolean> {
    this.#records.enter(signal);
    const { agents } = this.#records.of(activity.tenant);
    if ((agents.get(activity.agentId)?.rev ?? 0) !== basisRev) return false;
    agents.set(activity.agentId, structuredClone(activity));
    return true;
  }

  async purge(updatedBefore: number): Promise<number> {
    this.#records.enter();
    let purged = 0;
    for (const { agents } of this.#records.tenants.values()) {
      for (const [agentId, { updatedAt }] of agents) {
        if (updatedAt < updatedBefore && agents.delete(agentId)) purged += 1;
      }
    }
    return purged;
  }
}
