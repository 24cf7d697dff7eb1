import { DriverDocuments } from '../../../../src/adapters/mongodb/driver/driver-documents.ts';

// Loaded into a service with --import: no document remembers a request id.
const { findOneAndUpdate } = DriverDocuments.prototype;
DriverDocuments.prototype.findOneAndUpdate = function (filter, { $push, ...update }, options) {
  if ($push === undefined) return findOneAndUpdate.call(this, filter, update, options);
  const { rids: _, ...rest } = $push;
  return findOneAndUpdate.call(this, filter, { ...update, $push: rest }, options);
};
