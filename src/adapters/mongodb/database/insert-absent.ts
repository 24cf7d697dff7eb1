import type { Documents } from './database.ts';
import { DuplicateKey } from './errors.ts';

/** A round that finds nothing more waited for a read to see what an insert already did. */
const ROUNDS_MAX = 50;

/** Inserts what is not there yet and leaves the rest as it is, so that whoever comes late changes nothing. */
export async function insertAbsent<Doc extends { _id: string }>(
  collection: Documents<Doc>,
  documents: readonly Doc[],
): Promise<void> {
  let rest = documents;
  for (let round = 1; rest.length > 0; round++) {
    try {
      await collection.insertMany(rest);
      return;
    } catch (error) {
      if (!(error instanceof DuplicateKey) || round === ROUNDS_MAX) throw error;
    }
    const ids = rest.map(({ _id }) => _id);
    const found = await collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } });
    const there = new Set(found.map(({ _id }) => _id));
    rest = rest.filter(({ _id }) => !there.has(_id));
  }
}
