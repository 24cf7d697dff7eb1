import type { MongoContext } from '../../../src/adapters/mongodb/context.ts';
import type { EventDocument, OutboxEntry, SessionDocument } from '../../../src/adapters/mongodb/database/documents.ts';
import { sampleEvent, sampleHeader } from '../../../src/contract/samples.ts';

/** The tenant of all sessions that these tests make, unless they say otherwise. */
export const TENANT = 'acme';

/** Returns an entry of two events, as a commit pushes it. */
export function outboxEntry(sessionId: string, number: number, at: number): OutboxEntry {
  const header = sampleHeader({ tenant: TENANT, sessionId });
  const eid = `${sessionId} ${number}`;
  const events = [
    sampleEvent(header, 'DORMANT', { eventId: eid, recordedAt: at, generation: number }),
    sampleEvent(header, 'EXPIRED', { eventId: `${eid} too`, recordedAt: at, generation: number }),
  ];
  return { at, eid, events };
}

/** Writes a session of which only the outbox matters. */
export async function fillOutbox(
  { collections }: MongoContext,
  sessionId: string,
  outbox: OutboxEntry[],
  tenant = TENANT,
): Promise<void> {
  const session = { _id: `${tenant}/${sessionId}`, uid: `uid of ${sessionId}`, t: tenant, sid: sessionId, outbox };
  await collections.sessions.insertOne(session as unknown as SessionDocument);
}

/** Reads all rows of a tenant's log in the order of their numbers, those that were compacted, too. */
export function readLog({ collections }: MongoContext, tenant = TENANT): Promise<EventDocument[]> {
  return collections.session_events.find({ t: tenant }, { sort: { n: 1, eid: 1 } });
}

/** Names what is wrong with a log that should hold these entries, each once, in the order of each session. */
export async function faultsOf(context: MongoContext, entries: OutboxEntry[], tenant = TENANT): Promise<string[]> {
  const rows = await readLog(context, tenant);
  const left = await context.collections.sessions.find({ 'outbox.at': { $gt: 0 }, t: tenant });
  const logged = rows.map(({ eid }) => eid);
  const inOrder = (eids: string[]) =>
    eids.toSorted((one, other) => Number(one.split(' ')[1]) - Number(other.split(' ')[1]));
  const bySession = [...Map.groupBy(logged, (eid) => eid.split(' ')[0])];
  return [
    ...rows.filter(({ n }, place) => n !== place + 1).map(({ n }) => `number ${n} is out of its place`),
    ...rows.filter(({ events }) => events.length !== 2).map(({ eid }) => `${eid} is torn apart`),
    ...entries.filter(({ eid }) => !logged.includes(eid)).map(({ eid }) => `${eid} is lost`),
    ...logged.filter((eid, place) => logged.indexOf(eid) !== place).map((eid) => `${eid} is doubled`),
    ...bySession.filter(([, eids]) => eids.join() !== inOrder(eids).join()).map(([name]) => `${name} is out of order`),
    ...left.map(({ sid }) => `the outbox of ${sid} is left behind`),
  ];
}
