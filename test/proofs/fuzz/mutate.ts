import type { SeededRandom } from '../../support/seeded-random.ts';

/** Changes bytes at a few random places: flips, overwrites, cuts, repeats. Half of the times leaves them alone. */
export function mutateBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.integer(2) === 0) return bytes;
  let mutated = Buffer.from(bytes);
  for (let changes = 1 + random.integer(3); changes > 0; changes -= 1) {
    const place = random.integer(mutated.length + 1);
    const piece = mutated.subarray(place, place + random.integer(16));
    switch (random.integer(5)) {
      case 0:
        if (place < mutated.length) mutated[place]! ^= 1 << random.integer(8);
        break;
      case 1:
        if (place < mutated.length) mutated[place] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
        break;
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, place), random.bytes(random.integer(8)), mutated.subarray(place)]);
        break;
      case 3:
        mutated = Buffer.concat([mutated.subarray(0, place), mutated.subarray(place + random.integer(8))]);
        break;
      default:
        mutated = Buffer.concat([mutated.subarray(0, place), piece, mutated.subarray(place)]);
    }
  }
  return mutated;
}

const pieces = [
  'null',
  '[]',
  '{}',
  '-1',
  '1e999',
  '"x"',
  '{"',
  '"\\ud800"',
  'true',
  '9007199254740993',
  ',',
  ':',
  '"sessionId"',
];

/** Changes JSON text: exchanges a value or a piece of it, or changes its bytes. */
export function mutateText(text: string, random: SeededRandom): string {
  if (random.integer(3) === 0) return text;
  if (random.integer(3) === 0) return Buffer.from(mutateBytes(Buffer.from(text), random)).toString();
  const values = [...text.matchAll(/"[^"]*"|\d+|true|false|null|[[\]{}]/g)];
  const value = values[random.integer(values.length)];
  if (value === undefined) return random.pick(pieces);
  return text.slice(0, value.index) + random.pick(pieces) + text.slice(value.index + value[0].length);
}

const headers: readonly (readonly [string, readonly string[]])[] = [
  ['grpc-timeout', ['1S', '100m', '2000H', '1 h', '99999999n', '-1S', '0m', '']],
  ['connect-timeout-ms', ['1000', '-1', '99999999999', 'soon', '']],
  ['content-encoding', ['gzip', 'br', 'identity', 'zip', '']],
  ['grpc-encoding', ['gzip', 'br', 'zip', '']],
  ['grpc-accept-encoding', ['gzip,br', ',,', 'x'.repeat(500)]],
  ['accept-encoding', ['gzip', 'br;q=0', '*']],
  ['connect-protocol-version', ['1', '2', '']],
  ['authorization', ['Bearer x', 'Bearer', 'Basic eA==', '']],
  ['x-request-id', ['a-1', 'a b', 'x'.repeat(200), '']],
  ['threadkeep-tenant', ['default', 'a/b', '', 'x'.repeat(80)]],
  [
    'content-type',
    ['application/json; charset=utf-8', 'application/grpc+xml', 'text/plain', 'application/proto', 'a/', ''],
  ],
  ['origin', ['https://a.example', 'null']],
];

/** Adds or exchanges up to two headers. */
export function mutateHeaders(given: Record<string, string>, random: SeededRandom): Record<string, string> {
  const mutated = { ...given };
  for (let changes = random.integer(3); changes > 0; changes -= 1) {
    const [name, values] = random.pick(headers);
    mutated[name] = random.pick(values);
  }
  return mutated;
}
