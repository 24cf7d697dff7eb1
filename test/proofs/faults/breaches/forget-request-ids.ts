import type { Update } from '../../../../src/adapters/mongodb/database/database.ts';
import { DriverDocuments } from '../../../../src/adapters/mongodb/driver/driver-documents.ts';

// Loaded into a service with --import: no document remembers a request id.
const { findOneAndUpdate, updateEach } = DriverDocuments.prototype;
DriverDocuments.prototype.findOneAndUpdate = function (filter, update, options) {
  return findOneAndUpdate.call(this, filter, withoutIds(update), options);
};
DriverDocuments.prototype.updateEach = function (updates) {
  return updateEach.call(
    this,
    updates.map(({ filter, update }) => ({ filter, update: withoutIds(update) })),
  );
};

function withoutIds({ $push, ...update }: Update): Update {
  if ($push === undefined) return update;
  const { rids: _, ...rest } = $push;
  return { ...update, $push: rest };
}
