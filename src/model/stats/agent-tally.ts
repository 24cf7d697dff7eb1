import type { Activity } from '../activity.ts';

/** AgentFigures is what an agent is doing. */
export interface AgentFigures {
  agentId: string;
  activeSessions: number;
  agentStatus: string;
  /** null = it never reported. */
  agentStatusAt: number | null;
}

/** AgentTally gathers what agents are doing: their ACTIVE sessions and the newest status that each reported. */
export class AgentTally {
  readonly #agents = new Map<string, AgentFigures>();

  /** Notes what an agent reported, in a session (ACTIVE or not) or without one. */
  add(agentId: string, { agentStatus, agentStatusAt }: Activity, isActiveSession: boolean): void {
    const agent = this.#agents.get(agentId) ?? { agentId, activeSessions: 0, agentStatus: '', agentStatusAt: null };
    if (isActiveSession) agent.activeSessions += 1;
    if (agentStatusAt !== null && agentStatusAt >= (agent.agentStatusAt ?? 0)) {
      agent.agentStatus = agentStatus;
      agent.agentStatusAt = agentStatusAt;
    }
    this.#agents.set(agentId, agent);
  }

  /** Returns the agents with ACTIVE sessions or a status, most sessions first, then by id, at most `limit`. */
  figures(limit: number): AgentFigures[] {
    return [...this.#agents.values()]
      .filter(({ activeSessions, agentStatusAt }) => activeSessions > 0 || agentStatusAt !== null)
      .sort((one, other) => other.activeSessions - one.activeSessions || (one.agentId < other.agentId ? -1 : 1))
      .slice(0, limit);
  }
}
