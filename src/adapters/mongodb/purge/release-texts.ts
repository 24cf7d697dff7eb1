import type { MongoContext } from '../context.ts';
import type { SessionDocument, StoredText } from '../database/documents.ts';
import { hashOfChunk, textRange } from '../messages/bodies.ts';

/** So many replaced pieces are left lying before it is worth a header write. */
const LEFT_MAX = 16;

/** Who reads by an older document has so long to read its texts. */
const READING_MS = 3_600_000;

/** The fields that refer to long texts, beside the tool calls. */
export const TEXT_REFERENCES = { 'details.metadata.hash': 1, 'summaries.text.hash': 1, 'activity.hash': 1 };

const REFERENCES = { rev: 1, ...TEXT_REFERENCES, 'tools.pack.hash': 1 };

/** Tells whether a session's document refers to any long text. */
export function hasTexts(session: Partial<SessionDocument>): boolean {
  return textsOf(session).size > 0;
}

/**
 * Releases the long texts of a session that were replaced, once there are some. They are listed first; then a header write
 * fences whoever would still commit one of them, and names those that count.
 */
export async function releaseTexts(context: MongoContext, documentId: string, uid: string): Promise<void> {
  const { bodies, sessions } = context.collections;
  const session = await sessions.findOne({ _id: documentId, uid }, { projection: REFERENCES });
  if (session === null || !hasTexts(session)) return;
  const stored = await bodies.find({ _id: textRange(uid), gcAt: { $exists: false } }, { projection: { _id: 1 } });
  if (unusedOf(stored, session).length < LEFT_MAX) return;
  const filter = { _id: documentId, uid, rev: session.rev };
  const fenced = await sessions.findOneAndUpdate(filter, { $inc: { rev: 1 } }, { projection: REFERENCES });
  if (fenced === null) return;
  const gcAt = new Date(context.now() + READING_MS);
  await bodies.updateMany({ _id: { $in: unusedOf(stored, fenced) } }, { $set: { gcAt } });
}

function unusedOf(stored: readonly { _id: string }[], session: SessionDocument): string[] {
  const used = textsOf(session);
  return stored.map(({ _id }) => _id).filter((id) => !used.has(hashOfChunk(id)));
}

/** Packed tool calls lie among the texts until they are moved on. */
function textsOf({ details, summaries = [], activity, tools = [] }: Partial<SessionDocument>): Set<string> {
  const packs = tools.map(({ pack }) => pack);
  const texts: (StoredText | undefined)[] = [
    details?.metadata,
    activity,
    ...summaries.map(({ text }) => text),
    ...packs,
  ];
  return new Set(texts.filter((text) => typeof text === 'object').map(({ hash }) => hash));
}
