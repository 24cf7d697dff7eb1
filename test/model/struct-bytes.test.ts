import { fromJson, toBinary } from '@bufbuild/protobuf';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { structBytes } from '../../src/model/struct-bytes.ts';

test('structBytes: is no less than a Struct takes as protobuf and as JSON', () => {
  const json = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(json, (object) => {
      const struct = fromJson(StructSchema, object as JsonObject);
      const bytes = structBytes(object as JsonObject);
      expect(bytes).toBeGreaterThanOrEqual(toBinary(StructSchema, struct).byteLength);
      expect(bytes).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(object)));
    }),
  );
});
