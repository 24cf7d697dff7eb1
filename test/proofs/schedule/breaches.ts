import type { Documents, Filter, Update } from '../../../src/adapters/mongodb/database/database.ts';
import type { Collections, EventDocument, SessionDocument } from '../../../src/adapters/mongodb/database/documents.ts';
import type { Store } from '../../../src/ports/store.ts';
import { replace } from '../../contract/replace.ts';
import type { Breach } from './breach.ts';
import type { ProgramKind } from './program.ts';

/** NamedBreach is a protection taken away, and the programs that dwell on what it protects. */
export interface NamedBreach extends Breach {
  /** What the broken store does, as the end of a sentence about it. */
  fault: string;
  kind: ProgramKind;
}

/** BREACHES take the protections of architecture.md and watch-log.md away, one at a time. */
export const BREACHES: readonly NamedBreach[] = [
  { fault: 'commits whatever the rev is', kind: 'mixed', ...onFilters(({ rev: _, ...filter }) => filter) },
  {
    fault: 'commits whatever the uid and the rev are',
    kind: 'mixed',
    ...onFilters(({ uid: _, rev: __, ...filter }) => filter),
  },
  { fault: 'sweeps what slid meanwhile', kind: 'slides', ...onFilters(withoutDeadlines) },
  { fault: 'remembers no request ids', kind: 'mixed', ...onUpdates((update) => withoutPush(update, 'rids')) },
  { fault: 'has no outbox', kind: 'lapses', ...onUpdates((update) => withoutPush(update, 'outbox')) },
  {
    fault: 'pulls events from the outbox before they are logged',
    kind: 'lapses',
    collections: withoutWaiting('session_events'),
  },
  { fault: 'makes a row of each event', kind: 'lapses', collections: tearingCommits },
  { fault: 'trusts the end of the log that it read first', kind: 'retention', collections: rememberingTail },
  { fault: 'pulls messages before they are copied', kind: 'batches', collections: withoutWaiting('messages') },
  { fault: 'pulls messages by position', kind: 'batches', ...onUpdates(pullingByPosition) },
  { fault: 'commits batches before they are staged', kind: 'batches', collections: withoutWaiting('bodies') },
  { fault: 'stages batches under the numbers that they hope for', kind: 'batches', collections: stagingUnderNumbers },
  { fault: 'puts a new session in the place of another', kind: 'mixed', collections: overwriting },
  { fault: 'takes claims that are held', kind: 'keys', collections: takingClaims },
  { fault: 'takes claims over at once, and fences nobody', kind: 'keys', collections: takingOverUnfenced },
  { fault: 'never takes claims over', kind: 'keys', collections: neverTakingOver },
  { fault: 'leaves no tombstone', kind: 'mixed', collections: withoutTombstones },
  { fault: 'reads from a cache whatever its age', kind: 'mixed', store: readingAnyAge },
  { fault: 'takes shared updates for made without counting them', kind: 'crowd', collections: withoutCounting },
  { fault: 'takes an unknown outcome for a commit', kind: 'mixed', store: hopingForTheBest },
];

type Sessions = Documents<SessionDocument>;

/** Changes the filters of all writes to sessions. */
function onFilters(change: (filter: Filter) => Filter): Breach {
  return onSessions(({ findOneAndUpdate, updateEach, updateOne }) => ({
    findOneAndUpdate: (filter, update, options) => findOneAndUpdate(change(filter), update, options),
    updateEach: (updates) => updateEach(updates.map(({ filter, update }) => ({ filter: change(filter), update }))),
    updateOne: (filter, update, options) => updateOne(change(filter), update, options),
  }));
}

/** Changes what is written to sessions. */
function onUpdates(change: (update: Update) => Update): Breach {
  return onSessions(({ findOneAndUpdate, updateEach, updateOne }) => ({
    findOneAndUpdate: (filter, update, options) => findOneAndUpdate(filter, change(update), options),
    updateEach: (updates) => updateEach(updates.map(({ filter, update }) => ({ filter, update: change(update) }))),
    updateOne: (filter, update, options) => updateOne(filter, change(update), options),
  }));
}

function onSessions(change: (sessions: Sessions) => Partial<Sessions>): Breach {
  return { collections: (whole) => ({ ...whole, sessions: replace(whole.sessions, change) }) };
}

function withoutDeadlines({ dormantAt: _, expireAt: __, warnAt: ___, ...filter }: Filter): Filter {
  return filter;
}

function withoutPush({ $push, ...update }: Update, field: string): Update {
  if ($push === undefined) return update;
  const { [field]: _, ...rest } = $push;
  return Object.keys(rest).length === 0 ? update : { ...update, $push: rest };
}

function pullingByPosition({ $pull, ...update }: Update): Update {
  if ($pull?.tail === undefined) return $pull === undefined ? update : { ...update, $pull };
  return { ...update, $push: { ...update.$push, tail: { $each: [], $slice: -KEPT } } };
}

/** As many messages as usually stay in a tail. */
const KEPT = 32;

/** Goes on while an insert is still under way, and never learns what became of it. */
function withoutWaiting(name: 'session_events' | 'messages' | 'bodies'): (whole: Collections) => Collections {
  return (whole) => {
    const collection = whole[name] as Documents<{ _id: string }>;
    const hasty = replace(collection, ({ insertMany }) => ({
      async insertMany(documents) {
        insertMany(documents).catch(() => {});
      },
    }));
    return { ...whole, [name]: hasty };
  };
}

function tearingCommits(whole: Collections): Collections {
  const session_events = replace(whole.session_events, ({ insertMany }) => ({
    async insertMany(rows) {
      const [first] = rows as [EventDocument];
      const events = rows.flatMap((row) => row.events.map((event) => ({ row, event })));
      const torn = events.map(({ row, event }, place) => {
        const n = first.n + place;
        return { ...row, _id: `${row.t}/${String(n).padStart(12, '0')}`, n, eid: event.eventId, events: [event] };
      });
      await insertMany(torn);
    },
  }));
  return { ...whole, session_events };
}

/** Looks at the end again only where its number clashes; it tells that look by having no signal. */
function rememberingTail(whole: Collections): Collections {
  let last: EventDocument | undefined;
  const session_events = replace(whole.session_events, ({ find, insertMany }) => ({
    async find(filter, options = {}) {
      const isTail = options.sort?.n === -1 && !('signal' in options);
      if (isTail && last !== undefined) return [last];
      const found = await find(filter, options);
      if (isTail) last = found[0];
      return found;
    },
    async insertMany(rows) {
      last = undefined;
      await insertMany(rows);
      last = rows.at(-1);
    },
  }));
  return { ...whole, session_events };
}

/** Writes what is staged to `messages`, too, where the mover finds it and leaves it. */
function stagingUnderNumbers(whole: Collections): Collections {
  const bodies = replace(whole.bodies, ({ insertMany }) => ({
    async insertMany(documents) {
      await insertMany(documents);
      for (const { _id, message } of documents) {
        if (message === undefined) continue;
        const [uid] = _id.split('/') as [string];
        const id = `${uid}/${String(message.n).padStart(12, '0')}`;
        const hoped = { ...message, _id: id, uid, t: 'acme', sid: 'one' };
        await whole.messages.insertOne(hoped).catch(() => {});
      }
    },
  }));
  return { ...whole, bodies };
}

function overwriting(whole: Collections): Collections {
  const sessions = replace(whole.sessions, ({ putMany }) => ({ insertOne: (document) => putMany([document]) }));
  return { ...whole, sessions };
}

function takingClaims(whole: Collections): Collections {
  const claims = replace(whole.claims, ({ findOneAndUpdate }) => ({
    findOneAndUpdate: (filter, { $setOnInsert, ...update }, options) =>
      findOneAndUpdate(filter, $setOnInsert === undefined ? update : { ...update, $set: $setOnInsert }, options),
  }));
  return { ...whole, claims };
}

function takingOverUnfenced(whole: Collections): Collections {
  const isFence = ({ $inc, ...others }: Update) => $inc?.rev === 1 && Object.keys(others).length === 0;
  const sessions = replace(whole.sessions, ({ findOne, findOneAndUpdate, insertOne }) => ({
    insertOne: async (document) => (document.tomb === true ? undefined : insertOne(document)),
    findOneAndUpdate: (filter, update, options) =>
      isFence(update) ? findOne(filter) : findOneAndUpdate(filter, update, options),
  }));
  const claims = replace(whole.claims, ({ findOneAndUpdate }) => ({
    async findOneAndUpdate({ at: _, ...filter }, update, options) {
      const claim = await findOneAndUpdate(filter, update, options);
      return claim === null ? null : { ...claim, at: 0 };
    },
  }));
  return { ...whole, claims, sessions };
}

function neverTakingOver(whole: Collections): Collections {
  const claims = replace(whole.claims, ({ findOneAndUpdate }) => ({
    findOneAndUpdate: async (filter, update, options) =>
      options?.upsert === true ? findOneAndUpdate(filter, update, options) : null,
  }));
  return { ...whole, claims };
}

function withoutTombstones(whole: Collections): Collections {
  const sessions = replace(whole.sessions, ({ findOneAndUpdate, deleteMany }) => ({
    async findOneAndUpdate(filter, update, options) {
      const found = await findOneAndUpdate(filter, update, options);
      if (update.$set?.tomb === true && found !== null) await deleteMany({ _id: filter._id, tomb: true });
      return found;
    },
  }));
  return { ...whole, sessions };
}

function withoutCounting(whole: Collections): Collections {
  const sessions = replace(whole.sessions, ({ updateEach }) => ({
    async updateEach(updates) {
      await updateEach(updates);
      return updates.length;
    },
  }));
  return { ...whole, sessions };
}

function readingAnyAge(whole: Store): Store {
  const sessions = replace(whole.sessions, ({ load }) => ({
    async load(tenant, sessionId, needs, options = {}) {
      const isLenient = (options.maxAgeMs ?? 0) > 0;
      const basis = await load(
        tenant,
        sessionId,
        needs,
        isLenient ? { ...options, maxAgeMs: Number.POSITIVE_INFINITY } : options,
      );
      const { ageMs: _, ...fresh } = basis;
      return fresh;
    },
  }));
  return replace(whole, () => ({ sessions }));
}

function hopingForTheBest(whole: Store): Store {
  const sessions = replace(whole.sessions, ({ commit }) => ({
    async commit(...write) {
      const outcome = await commit(...write);
      return outcome === 'unknown' ? 'committed' : outcome;
    },
  }));
  return replace(whole, () => ({ sessions }));
}
