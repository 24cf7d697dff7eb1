import type { MongoClient } from 'mongodb';

/** Largest is how large the documents of a collection ever were. */
export type Largest = Map<string, { bytes: number; after: string }>;

/** Their documents stay as they were written: it is enough to look at them in the end. */
export const WRITTEN_ONCE: readonly string[] = ['messages', 'bodies'];

/** Notes of each collection of a database, but for some, the largest document that it has, and after which step. */
export async function noteLargest(
  client: MongoClient,
  database: string,
  largest: Largest,
  { after, except = [] }: { after: string; except?: readonly string[] },
): Promise<void> {
  const db = client.db(database);
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (except.includes(name)) continue;
    const size = { $max: { $bsonSize: '$$ROOT' } };
    const [found] = await db
      .collection(name)
      .aggregate([{ $group: { _id: null, bytes: size } }])
      .toArray();
    if (found !== undefined && found.bytes > (largest.get(name)?.bytes ?? 0)) {
      largest.set(name, { bytes: found.bytes, after });
    }
  }
}
