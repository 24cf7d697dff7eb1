import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';

/** Dice yields numbers from 0 to 1, the same ones for the same seed. */
export type Dice = () => number;

/** Returns one of some choices. */
export function pick<Choice>(dice: Dice, choices: readonly Choice[]): Choice {
  return choices[Math.floor(dice() * choices.length)]!;
}

const TEXTS = ['', 's-1', 's-2', 's-3', 'ada', 'grüße', 'r-1', 'x'.repeat(300), 'line\nbreak', 'heron'];
const NUMBERS = [0, 1, 1, 2, 5, 20, 100_000, -1];
const DEPTH_MAX = 3;

/** Makes a message with some fields set, to values that a service may take or refuse. */
export function randomMessage(dice: Dice, desc: DescMessage, depth = 0): Message {
  const fields: Record<string, unknown> = {};
  const members = desc.members.filter(() => dice() < 0.4);
  for (const member of members) {
    if (member.kind === 'oneof') {
      const field = pick(dice, member.fields);
      fields[member.localName] = { case: field.localName, value: randomValue(dice, field, depth) };
    } else if (depth < DEPTH_MAX || member.message === undefined) {
      fields[member.localName] = randomValue(dice, member, depth);
    }
  }
  if ('sessionId' in desc.field && dice() < 0.8) fields.sessionId = pick(dice, ['s-1', 's-2', 's-3']);
  return create(desc, fields as never);
}

function randomValue(dice: Dice, field: DescField, depth: number): unknown {
  switch (field.fieldKind) {
    case 'list':
      return Array.from({ length: Math.floor(dice() * 4) }, () => randomSingle(dice, field, depth));
    case 'map':
      return { [pick(dice, TEXTS)]: randomSingle(dice, field, depth) };
    default:
      return randomSingle(dice, field, depth);
  }
}

function randomSingle(dice: Dice, field: DescField, depth: number): unknown {
  if (field.enum !== undefined) return pick(dice, field.enum.values).number;
  if (field.message === undefined) return randomScalar(dice, field.scalar ?? ScalarType.STRING);
  if (field.message.typeName === 'google.protobuf.Struct') return { [pick(dice, ['a', 'b'])]: pick(dice, NUMBERS) };
  return randomMessage(dice, field.message, depth + 1);
}

function randomScalar(dice: Dice, scalar: ScalarType): unknown {
  const number = Math.abs(pick(dice, NUMBERS));
  switch (scalar) {
    case ScalarType.STRING:
      return pick(dice, TEXTS);
    case ScalarType.BOOL:
      return dice() < 0.5;
    case ScalarType.BYTES:
      return Uint8Array.from({ length: number % 50 }, () => Math.floor(dice() * 256));
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return BigInt(number);
    default:
      return number;
  }
}
