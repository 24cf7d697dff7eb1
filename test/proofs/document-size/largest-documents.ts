import type { MongoClient } from 'mongodb';

/** Largest is how large the documents of a collection ever were. */
export type Largest = Map<string, { bytes: number; after: string }>;

/** Notes of each collection of a database the largest document that it has, and after which step. */
export async function noteLargest(
  client: MongoClient,
  database: string,
  largest: Largest,
  after: string,
): Promise<void> {
  const db = client.db(database);
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    for await (const raw of db.collection(name).find({}, { raw: true })) {
      const bytes = (raw as unknown as Buffer).length;
      if (bytes > (largest.get(name)?.bytes ?? 0)) largest.set(name, { bytes, after });
    }
  }
}
