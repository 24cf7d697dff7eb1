import assert from 'node:assert/strict';
import type { MongoContext } from '../../../src/adapters/mongodb/context.ts';
import type { SessionDocument } from '../../../src/adapters/mongodb/database/documents.ts';
import { Outbox } from '../../../src/adapters/mongodb/log/outbox.ts';
import { MongoMessageStore } from '../../../src/adapters/mongodb/messages/messages.ts';
import { Mover } from '../../../src/adapters/mongodb/messages/mover.ts';
import { MongoSessionStore } from '../../../src/adapters/mongodb/sessions/sessions.ts';
import { sampleHeader, sampleMessages } from '../../../src/contract/samples.ts';
import { nextHeader } from '../../../src/contract/stage.ts';
import { type AppendedMessage, type Changes, changesWith } from '../../../src/model/basis.ts';
import type { StoredMessage } from '../../../src/model/message.ts';
import type { SessionHeader } from '../../../src/model/session.ts';
import type { MessageRange } from '../../../src/ports/message-store.ts';
import type { CommitOutcome } from '../../../src/ports/session-store.ts';

export const TENANT = 'acme';
export const UID = 'uid of s';

/** A mover that never moves by itself, so that a test says when. */
class QuietMover extends Mover {
  override note(): void {}
}

/** Desk is one instance at work on session `s`: it commits, reads and moves only when it is told to. */
export class Desk {
  readonly context: MongoContext;
  readonly mover: Mover;
  readonly sessions: MongoSessionStore;
  readonly messages: MongoMessageStore;

  constructor(context: MongoContext) {
    this.context = context;
    this.mover = new QuietMover(context);
    this.sessions = new MongoSessionStore(context, new Outbox(context), this.mover);
    this.messages = new MongoMessageStore(context);
  }

  /** Commits what follows, or the session's first header. */
  async write(changes: Partial<Changes> = {}, overrides: Partial<SessionHeader> = {}): Promise<CommitOutcome> {
    const basis = await this.sessions.load(TENANT, 's', {});
    const before = basis.header ?? sampleHeader({ tenant: TENANT, sessionId: 's', uid: UID, rev: 0 });
    const last = changes.messages?.at(-1)?.sequence ?? before.lastSequence;
    const header = nextHeader(before, { lastSequence: last, ...overrides });
    return this.sessions.commit(basis, changesWith(header, changes), []);
  }

  /** Appends messages numbered `first` to `last`, each commit with as many as are said. */
  async append(first: number, last: number, overrides: Partial<AppendedMessage> = {}, atOnce = 30): Promise<void> {
    for (let from = first; from <= last; from += atOnce) {
      const messages = sampleMessages(from, Math.min(last, from + atOnce - 1), overrides);
      assert.equal(await this.write({ messages }), 'committed');
    }
  }

  move(): Promise<void> {
    return this.mover.moveSession(TENANT, 's');
  }

  read(range: Partial<MessageRange> = {}, uid = UID): Promise<StoredMessage[]> {
    const whole = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 10_000 } as const;
    return this.messages.read(TENANT, uid, { ...whole, ...range });
  }

  async sequences(range: Partial<MessageRange> = {}): Promise<number[]> {
    return (await this.read(range)).map(({ sequence }) => sequence);
  }

  async document(): Promise<SessionDocument> {
    const document = await this.context.collections.sessions.findOne({ _id: `${TENANT}/s` });
    assert.ok(document, 'the session has no document');
    return document;
  }

  /** Reads the `_id` of all that a collection holds and the purge has not released, in order. */
  async ids(name: 'messages' | 'bodies' | 'calls'): Promise<string[]> {
    const found = await this.context.collections[name].find({ gcAt: { $exists: false } }, { sort: { _id: 1 } });
    return found.map(({ _id }) => _id);
  }
}

/** Returns the numbers from one to another. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}
