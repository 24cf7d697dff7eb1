import { DriverDocuments } from '../../../../src/adapters/mongodb/driver/driver-documents.ts';

// Loaded into a service with --import: a commit does not look whether somebody else has been faster.
const { findOneAndUpdate, updateEach } = DriverDocuments.prototype;
DriverDocuments.prototype.findOneAndUpdate = function ({ rev: _, ...filter }, update, options) {
  return findOneAndUpdate.call(this, filter, update, options);
};
DriverDocuments.prototype.updateEach = function (updates) {
  return updateEach.call(
    this,
    updates.map(({ filter: { rev: _, ...filter }, update }) => ({ filter, update })),
  );
};
