import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { SeededRandom } from '../../support/seeded-random.ts';

const DEPTH_MAX = 4;
const texts = [
  '',
  's-1',
  's-2',
  'ada',
  'helper',
  'title',
  'a b',
  'x'.repeat(300),
  'ü🧵',
  '\u0000',
  '{"a":1}',
  'app:a',
  '__proto__',
];
const numbers = [0, 1, 2, 3, 7, 500, 1000, 2 ** 31 - 1];
const enums = [0, 1, 1, 1, 2, 2, 3, 4, 99];
/** What a field of this name mostly holds, so that most requests get past the first checks. */
const likely: Record<string, readonly (string | number | bigint)[]> = {
  session_id: ['s-1', 's-2', 's-3'],
  session_ids: ['s-1', 's-2'],
  user_id: ['ada', ''],
  agent_id: ['helper', ''],
  request_id: ['', 'r-1', 'r-2'],
  page_token: [''],
  resume_token: [''],
  expected_version: [0, 0, 0, 1, 2],
  min_version: [0, 0, 1],
  query: ['words', 'ada'],
  seconds: [1n, 60n, 3600n],
  nanos: [0, 1_000_000],
  order_by: [''],
  paths: ['title', 'ttl', 'quality_score'],
  quality_score: [0, 3],
};

/** Makes a request that is of its type but otherwise anything. */
export function randomMessage(desc: DescMessage, random: SeededRandom, depth = 0): Message {
  const message = reflect(desc, create(desc));
  if (desc.typeName === 'google.protobuf.Value') {
    message.set(desc.fields.find(({ localName }) => localName === 'stringValue')!, random.pick(texts));
    return message.message;
  }
  for (const field of desc.fields) {
    if (random.integer(3) > 0 && (depth < DEPTH_MAX || field.fieldKind === 'scalar'))
      fill(message, field, random, depth);
  }
  return message.message;
}

function fill(message: ReflectMessage, field: DescField, random: SeededRandom, depth: number): void {
  const below = (desc: DescMessage) => reflect(desc, randomMessage(desc, random, depth + 1));
  switch (field.fieldKind) {
    case 'scalar':
      message.set(field, randomScalar(field, random));
      break;
    case 'enum':
      message.set(field, random.pick(enums));
      break;
    case 'message':
      message.set(field, below(field.message));
      break;
    case 'list':
      for (let length = random.integer(3); length > 0; length -= 1) {
        const list = message.get(field);
        if (field.listKind === 'message') list.add(below(field.message));
        else
          list.add(
            field.listKind === 'enum'
              ? random.pick(enums)
              : randomScalar({ name: field.name, scalar: field.scalar }, random),
          );
      }
      break;
    case 'map':
      if (field.mapKind === 'scalar')
        message.get(field).set(random.pick(texts), randomScalar({ name: field.name, scalar: field.scalar }, random));
      else if (field.mapKind === 'message') message.get(field).set(random.pick(texts), below(field.message));
      break;
  }
}

function randomScalar(
  { name, scalar }: { name: string; scalar: ScalarType },
  random: SeededRandom,
): string | number | bigint | boolean | Uint8Array {
  const values = likely[name];
  if (values !== undefined && random.integer(20) > 0) return random.pick(values);
  switch (scalar) {
    case ScalarType.STRING:
      return random.pick(texts);
    case ScalarType.BYTES:
      return random.bytes(random.integer(64));
    case ScalarType.BOOL:
      return random.integer(2) === 1;
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return BigInt(random.pick(numbers)) * BigInt(random.pick([1, 1, 1_000_000_000]));
    case ScalarType.DOUBLE:
      return random.pick([0, -1.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY]);
    default:
      return random.pick(numbers);
  }
}
