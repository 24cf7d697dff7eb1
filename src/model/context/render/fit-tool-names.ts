import type { Part } from '../../message.ts';
import type { RepairedMessage } from '../repair-tool-calls.ts';

/** ToolNameRules says which call ids and tool names a provider takes. */
export interface ToolNameRules {
  id: RegExp;
  name: RegExp;
}

const NAME_LENGTH_MAX = 64;

/**
 * Gives calls and their results ids that a provider takes and that are unique in the context, and names that it takes;
 * what fits already stays as it is. Each call must be directly followed by its results.
 */
export function fitToolNames(messages: readonly RepairedMessage[], rules: ToolNameRules): RepairedMessage[] {
  const used = new Set<string>();
  const openById = new Map<string, Extract<Part, { kind: 'toolCall' }>[]>();
  const renamed = (sequence: number) => (part: Part, place: number) => {
    if (part.kind === 'toolCall') {
      const call = {
        ...part,
        id: freeId(part.id, `call_${sequence}_${place}`, used, rules),
        name: fitName(part.name, rules),
      };
      openById.set(part.id, [...(openById.get(part.id) ?? []), call]);
      return call;
    }
    if (part.kind !== 'toolResult') return part;
    const call = openById.get(part.callId)?.pop();
    return { ...part, callId: call?.id ?? part.callId, name: call?.name ?? fitName(part.name, rules) };
  };
  return messages.map((repaired) => ({
    ...repaired,
    message: { ...repaired.message, parts: repaired.message.parts.map(renamed(repaired.sequence)) },
  }));
}

function freeId(id: string, substitute: string, used: Set<string>, rules: ToolNameRules): string {
  let free = rules.id.test(id) && !used.has(id) ? id : substitute;
  while (used.has(free)) free += '_';
  used.add(free);
  return free;
}

function fitName(name: string, rules: ToolNameRules): string {
  if (rules.name.test(name)) return name;
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, NAME_LENGTH_MAX);
  return rules.name.test(plain) ? plain : `_${plain}`.slice(0, NAME_LENGTH_MAX);
}
