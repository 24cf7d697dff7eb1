import type { Basis } from '../../../model/basis.ts';
import type { SessionName } from '../../../ports/session-store.ts';
import type { MongoContext } from '../context.ts';
import { decodeHeader, documentIdOf, HEADER_FIELDS } from './session-codec.ts';

const PROJECTION = Object.fromEntries(HEADER_FIELDS.map((field) => [field, 1]));

/** Reads the headers of many sessions by one query; tombstones are left out, and what cannot be read: it fails for itself. */
export async function loadHeaders(context: MongoContext, sessions: readonly SessionName[]): Promise<Basis[]> {
  const ids = sessions.map(({ tenant, sessionId }) => documentIdOf(tenant, sessionId));
  const documents = await context.collections.sessions.find(
    { _id: { $in: ids }, tomb: { $exists: false }, head: { $type: 'object' } },
    { projection: PROJECTION },
  );
  return documents.map((document) => {
    const header = decodeHeader(document);
    const { tenant, sessionId } = header;
    context.uids.learn(header.uid, document._id);
    const nothing = { recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims: new Map() };
    return { tenant, sessionId, header, ...nothing, ageMs: Number.POSITIVE_INFINITY };
  });
}
