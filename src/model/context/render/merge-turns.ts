/** Turn is what one side says without the other between. */
export interface Turn<Role, Block> {
  role: Role;
  blocks: Block[];
}

/** Joins neighbours of one role, and leaves out turns that say nothing. */
export function mergeTurns<Role, Block>(turns: readonly Turn<Role, Block>[]): Turn<Role, Block>[] {
  const merged: Turn<Role, Block>[] = [];
  for (const { role, blocks } of turns) {
    const last = merged.at(-1);
    if (blocks.length === 0) continue;
    if (last?.role === role) last.blocks.push(...blocks);
    else merged.push({ role, blocks: [...blocks] });
  }
  return merged;
}
