import type { AgentActivity } from '../../model/activity.ts';
import type { AgentStore } from '../../ports/agent-store.ts';
import type { MongoContext } from './context.ts';
import type { Documents } from './database/database.ts';
import type { AgentDocument } from './database/documents.ts';
import { DuplicateKey } from './database/errors.ts';
import { knowOutcome } from './database/know-outcome.ts';

/** MongoAgentStore keeps what agents report without a session, one document each, by compare-and-set on its revision. */
export class MongoAgentStore implements AgentStore {
  readonly #context: MongoContext;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  async load(tenant: string, agentId: string, signal?: AbortSignal): Promise<AgentActivity | null> {
    signal?.throwIfAborted();
    const document = await this.#agents.findOne({ _id: `${tenant}/${agentId}` }, { signal });
    return document === null ? null : decodeAgent(document);
  }

  async list(tenant: string, afterAgentId: string, limit: number, signal?: AbortSignal): Promise<AgentActivity[]> {
    signal?.throwIfAborted();
    if (limit <= 0) return [];
    // `0` is what comes after `/`.
    const filter = { _id: { $gt: `${tenant}/${afterAgentId}`, $lt: `${tenant}0` } };
    return (await this.#agents.find(filter, { sort: { _id: 1 }, limit, signal })).map(decodeAgent);
  }

  async commit(activity: AgentActivity, basisRev: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    const { _id, ...fields } = encodeAgent(activity);
    if (basisRev > 0) {
      return (await knowOutcome(this.#agents.updateOne({ _id, rev: basisRev }, { $set: fields }, { signal }))) > 0;
    }
    try {
      await knowOutcome(this.#agents.insertOne({ _id, ...fields }));
      return true;
    } catch (error) {
      if (error instanceof DuplicateKey) return false;
      throw error;
    }
  }

  async purge(updatedBefore: number): Promise<number> {
    return knowOutcome(this.#agents.deleteMany({ updatedAt: { $lt: updatedBefore } }));
  }

  get #agents(): Documents<AgentDocument> {
    return this.#context.collections.agents;
  }
}

function encodeAgent(activity: AgentActivity): AgentDocument {
  const { tenant, agentId, rev, updatedAt } = activity;
  return { _id: `${tenant}/${agentId}`, t: tenant, agent: agentId, rev, updatedAt, activity: JSON.stringify(activity) };
}

function decodeAgent({ activity }: AgentDocument): AgentActivity {
  return JSON.parse(activity);
}
