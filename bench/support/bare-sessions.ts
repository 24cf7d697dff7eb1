import { BSON, type Document, MongoClient } from 'mongodb';
import type { AppendTemplate } from './append-template.ts';

/** A session's document goes up to so many entries and is cut to so many then, about as the service moves them on. */
const FULL = 48;
const KEPT = 32;

type Position = { rev: number; seq: number; length: number };

/** BareSessions appends with the bare driver: one findOneAndUpdate each, with the filter and the update that the service sends. */
export class BareSessions {
  readonly #client: MongoClient;
  readonly #seed: Document;
  readonly #query: Document;
  readonly #update: Document;
  readonly #positions = new Map<string, Position>();

  constructor(url: string, { session, query, update }: AppendTemplate) {
    this.#client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true } });
    this.#seed = BSON.EJSON.parse(session);
    this.#query = BSON.EJSON.parse(query);
    this.#update = BSON.EJSON.parse(update);
  }

  async open(): Promise<void> {
    await this.#client.connect();
  }

  /** Makes a session, or makes it anew, without messages. */
  async start(name: string): Promise<void> {
    const { rev, seq } = this.#seed;
    const document = { ...this.#seed, ...this.#update.$set, ...identityOf(name), rev, seq, tail: [], rids: [] };
    await this.#sessions.replaceOne({ _id: document._id }, document, { upsert: true });
    this.#positions.set(name, { rev, seq, length: 0 });
  }

  /** Appends to a session that was started; one append at a time. Throws where the update matched nothing. */
  async append(name: string): Promise<void> {
    const position = this.#positions.get(name) as Position;
    const { $inc, $push, $set, ...others } = this.#update;
    const { dormantAt = this.#query.dormantAt, expireAt = this.#query.expireAt, warnAt = this.#query.warnAt } = $set;
    const identity = identityOf(name);
    const rev = position.rev + 1;
    const seq = position.seq + 1;
    const isFull = position.length + 1 >= FULL;
    const cut = isFull ? { $slice: -KEPT } : {};
    const filter = { ...this.#query, ...identity, rev: position.rev, dormantAt, expireAt, warnAt };
    const tail = { $each: [{ ...$push.tail.$each[0], n: seq }], ...cut };
    const rids = { ...$push.rids, ...cut };
    const moved = { rev, version: rev, seq, lastAt: Date.now(), tailBytes: $inc.tailBytes };
    const set = { ...$set, uid: identity.uid, ...moved };
    const next = { ...others, $set: set, $push: { ...$push, tail, rids } };
    const found = await this.#sessions.findOneAndUpdate(filter, next, { projection: { _id: 1 } });
    if (found === null) throw new Error(`append ${seq} to ${name} matched nothing`);
    this.#positions.set(name, { rev, seq, length: isFull ? KEPT : position.length + 1 });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  get #sessions() {
    return this.#client.db().collection<Document & { _id: string }>('sessions');
  }
}

function identityOf(name: string) {
  return { _id: `bare/${name}`, uid: `bare-${name}` };
}
