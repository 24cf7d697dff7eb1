import type { AgentActivity } from '../../model/activity.ts';
import type { AgentStore } from '../../ports/agent-store.ts';
import { type JsonRow, parseJsonRow } from './json-row.ts';
import type { Reader } from './reader.ts';
import { findTenant } from './tenants.ts';
import type { WriteQueue } from './write-queue.ts';

interface AgentRow extends JsonRow {
  agent_id: string;
}

/** SqliteAgentStore keeps what agents report without a session, one row each. */
export class SqliteAgentStore implements AgentStore {
  readonly #reader: Reader;
  readonly #queue: WriteQueue;

  constructor(reader: Reader, queue: WriteQueue) {
    this.#reader = reader;
    this.#queue = queue;
  }

  async load(tenant: string, agentId: string, signal?: AbortSignal): Promise<AgentActivity | null> {
    const sql = 'SELECT agent_id, body, crc FROM agents WHERE tenant = ? AND agent_id = ?';
    return this.#read(tenant, sql, [agentId], signal)[0] ?? null;
  }

  async list(tenant: string, afterAgentId: string, limit: number, signal?: AbortSignal): Promise<AgentActivity[]> {
    const sql = `SELECT agent_id, body, crc FROM agents WHERE tenant = ? AND agent_id > ? ORDER BY agent_id LIMIT ?`;
    return this.#read(tenant, sql, [afterAgentId, limit], signal);
  }

  async commit(activity: AgentActivity, basisRev: number, signal?: AbortSignal): Promise<boolean> {
    this.#reader.enter(signal);
    const { tenant, agentId, rev, updatedAt } = activity;
    const body = JSON.stringify(activity);
    const write = { kind: 'commitAgent', tenant, agentId, rev, updatedAt, body, basisRev } as const;
    return this.#queue.submit<'commitAgent'>(write, signal);
  }

  async purge(updatedBefore: number): Promise<number> {
    this.#reader.enter();
    return this.#queue.submit<'purgeAgents'>({ kind: 'purgeAgents', updatedBefore });
  }

  #read(tenant: string, sql: string, values: (string | number)[], signal: AbortSignal | undefined): AgentActivity[] {
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return [];
      return connection
        .all<AgentRow>(sql, known.key, ...values)
        .map((row) => parseJsonRow<AgentActivity>(connection.path, 'agents', [known.key, row.agent_id], row));
    }, signal);
  }
}
