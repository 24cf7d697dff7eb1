import { randomBytes, randomUUID } from 'node:crypto';
import { Binary } from 'mongodb';
import { SessionError } from '../../../model/session-error.ts';
import type { MongoContext } from '../context.ts';
import type { MetaDocument } from '../database/documents.ts';
import { knowOutcome } from '../database/know-outcome.ts';
import { checkSchema, ensureSchema } from './schema.ts';

/** StoreIdentity is made with the store and kept with its data. */
interface StoreIdentity {
  storeId: string;
  tokenSecret: Uint8Array;
}

/** How long after a failure the next contact is tried, in ms. */
const RETRY_MS = 500;

/**
 * Foundation is what a store must have found or made on its server before it serves: its identity and its schema. It is
 * laid at the first contact, and tried for until then.
 */
export class Foundation {
  readonly #context: MongoContext;
  readonly #migration: 'auto' | 'manual';
  #identity: StoreIdentity | null = null;
  #isLaid = false;
  #laying: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: MongoContext, migration: 'auto' | 'manual') {
    this.#context = context;
    this.#migration = migration;
  }

  /** Throws STORE_UNAVAILABLE until the first contact with the server. */
  get identity(): StoreIdentity {
    if (this.#identity !== null) return this.#identity;
    const place = this.#context.database.description;
    throw new SessionError('STORE_UNAVAILABLE', `${place} was not reached yet; it is tried until it answers`, {
      retryAfterMs: 1000,
    });
  }

  /** Lays what is missing, once however often it is called; throws what is in the way. */
  async lay(): Promise<void> {
    if (this.#isLaid) return;
    this.#laying ??= knowOutcome(this.#layNow()).finally(() => {
      this.#laying = null;
    });
    await this.#laying;
  }

  /** Lays it for a call that needs it; null = it is laid. Nothing is read or written under a schema that is not known. */
  prepare(): Promise<void> | null {
    return this.#isLaid ? null : this.lay();
  }

  /** Tries until it is laid; resolves after the first attempt. */
  async keepTrying(): Promise<void> {
    try {
      await this.lay();
    } catch (error) {
      this.#context.logger.warn({ error: String(error) }, 'the store cannot be reached yet');
      this.#timer = setTimeout(() => void this.keepTrying(), RETRY_MS);
      this.#timer.unref();
    }
  }

  /** Gives up trying. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#isLaid = true;
  }

  async #layNow(): Promise<void> {
    await this.#context.sampleNow();
    this.#identity = await ensureIdentity(this.#context);
    if (this.#migration === 'auto') await ensureSchema(this.#context);
    else await checkSchema(this.#context);
    this.#isLaid = true;
  }
}

/** Whoever comes first makes it; all others read what is there. */
async function ensureIdentity({ collections: { meta } }: MongoContext): Promise<StoreIdentity> {
  const made = { storeId: randomUUID(), secret: new Binary(randomBytes(32)) };
  const known = identityOf(await meta.findOne({ _id: 'identity' }));
  if (known !== null) return known;
  await meta.updateOne({ _id: 'identity' }, { $setOnInsert: made }, { upsert: true });
  const identity = identityOf(await meta.findOne({ _id: 'identity' }));
  if (identity === null) throw new SessionError('STORE_CORRUPT', 'meta/identity has no storeId; restore the database');
  return identity;
}

function identityOf(document: MetaDocument | null): StoreIdentity | null {
  const { storeId = null, secret = null }: Partial<MetaDocument> = document ?? {};
  if (typeof storeId !== 'string' || !(secret instanceof Binary)) return null;
  return { storeId, tokenSecret: new Uint8Array(secret.value()) };
}
