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
    for await (const raw of db.collection(name).find({}, { raw: true })) {
      const bytes = (raw as unknown as Buffer).length;
      if (bytes > (largest.get(name)?.bytes ?? 0)) largest.set(name, { bytes, after });
    }
  }
}
