import type { StoredMessage } from '../../../model/message.ts';
import type { MessageRange, MessageStore } from '../../../ports/message-store.ts';
import type { MongoContext } from '../context.ts';
import type { MessageFields } from '../database/documents.ts';
import { BodyMissing } from './bodies.ts';
import { corruptMessage } from './message-codec.ts';
import {
  firstOfTail,
  type Life,
  type LifeDocument,
  MovedOn,
  readFields,
  resolveMessages,
  takeFields,
} from './message-pages.ts';

const PROJECTION = { uid: 1, seq: 1, tail: 1, floor: 1, settled: 1 };

/** How often a read begins again because what it read was moved or purged meanwhile. */
const ATTEMPTS_MAX = 5;

const EVERYTHING: MessageRange = {
  afterSequence: 0,
  beforeSequence: 0,
  from: 'oldest',
  limit: Number.MAX_SAFE_INTEGER,
};

/**
 * MongoMessageStore reads a session's document first, which has the newest messages, then `messages` for what is below
 * them. Whatever is there above the tail's first number is not trusted.
 */
export class MongoMessageStore implements MessageStore {
  readonly #context: MongoContext;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  read(tenant: string, uid: string, range: MessageRange, signal?: AbortSignal): Promise<StoredMessage[]> {
    return this.#readLife({ tenant, uid }, signal, async (life) =>
      resolveMessages(life, await takeFields(readFields(life, range), range)),
    );
  }

  findById(tenant: string, uid: string, messageIds: readonly string[], signal?: AbortSignal): Promise<StoredMessage[]> {
    return this.#readLife({ tenant, uid }, signal, async (life) => {
      if (messageIds.length === 0) return [];
      const older = await this.#findOlder(life, { mid: { $in: [...messageIds] } });
      const newer: MessageFields[] = [];
      for await (const fields of readNewer(life, 0)) {
        if (fields.mid !== undefined && messageIds.includes(fields.mid)) newer.push(fields);
      }
      return resolveMessages(life, [...older, ...newer]);
    });
  }

  async findTurn(tenant: string, uid: string, turnId: string, afterSequence: number): Promise<StoredMessage | null> {
    const [message] = await this.#readLife({ tenant, uid }, undefined, async (life) => {
      const older = await this.#findOlder(life, { turn: turnId }, afterSequence, 1);
      return resolveMessages(life, older.length > 0 ? older : await this.#findNewerTurn(life, turnId, afterSequence));
    });
    return message ?? null;
  }

  /** Reads the document, then by it; again where something was moved on or purged in between. No document: no messages. */
  async #readLife(
    owner: { tenant: string; uid: string },
    signal: AbortSignal | undefined,
    readMessages: (life: Life) => Promise<StoredMessage[]>,
  ): Promise<StoredMessage[]> {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const document = await this.#findDocument(owner, signal);
      if (document === null) return [];
      try {
        return await readMessages({ context: this.#context, document, signal });
      } catch (error) {
        const isLast = attempt === ATTEMPTS_MAX;
        if (error instanceof MovedOn && isLast) throw corruptMessage(owner.uid, error.sequence, 'is missing');
        if (isLast || !(error instanceof MovedOn || error instanceof BodyMissing)) throw error;
      }
    }
  }

  async #findDocument(
    { tenant, uid }: { tenant: string; uid: string },
    signal: AbortSignal | undefined,
  ): Promise<LifeDocument | null> {
    const { collections, uids } = this.#context;
    const documentId = uids.documentIdOf(uid);
    const key = documentId === undefined ? { uid } : { _id: documentId, uid };
    const filter = { ...key, t: tenant, tomb: { $exists: false } };
    const document = await collections.sessions.findOne(filter, { projection: PROJECTION, signal });
    if (document !== null) uids.learn(uid, document._id);
    return document;
  }

  async #findOlder(
    { context, document, signal }: Life,
    condition: Record<string, unknown>,
    afterSequence = 0,
    limit?: number,
  ): Promise<MessageFields[]> {
    const after = Math.max(afterSequence, document.floor ?? 0);
    const before = firstOfTail(document);
    if (before - after <= 1) return [];
    const filter = { uid: document.uid, ...condition, n: { $gt: after, $lt: before } };
    const bound = limit === undefined ? {} : { limit };
    return context.collections.messages.find(filter, { sort: { n: 1 }, projection: { terms: 0 }, signal, ...bound });
  }

  async #findNewerTurn(life: Life, turnId: string, afterSequence: number): Promise<MessageFields[]> {
    for await (const fields of readNewer(life, afterSequence)) {
      if (fields.turn === turnId) return [fields];
    }
    return [];
  }
}

function readNewer(life: Life, afterSequence: number): AsyncGenerator<MessageFields> {
  const below = firstOfTail(life.document) - 1;
  return readFields(life, { ...EVERYTHING, afterSequence: Math.max(afterSequence, below) });
}
