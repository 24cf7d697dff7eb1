import type { ToolCallRecord } from '../../../model/activity.ts';
import type { MongoContext } from '../context.ts';
import type { ToolCallEntry } from '../database/documents.ts';
import { readText, storeText } from '../messages/bodies.ts';
import { encodeToolCall } from './call-codec.ts';

/** A commit that brings more tool calls than these packs them into one entry: one batch may have thousands. */
const UNPACKED_MAX = 32;

/** Turns a commit's tool calls into entries; where they are many, they lie in `bodies` afterwards, behind one entry. */
export async function packToolCalls(
  context: MongoContext,
  uid: string,
  toolCalls: readonly ToolCallRecord[],
): Promise<ToolCallEntry[]> {
  const entries = toolCalls.map(encodeToolCall);
  if (entries.length <= UNPACKED_MAX) return entries;
  const pack = await storeText(context, uid, JSON.stringify(entries));
  return [{ id: `pack/${pack.hash}`, name: '', pack }];
}

/** Returns entries in their order, with those that a pack stands for in its place. */
export async function unpackToolCalls(
  context: MongoContext,
  uid: string,
  entries: readonly ToolCallEntry[],
  signal?: AbortSignal,
): Promise<ToolCallEntry[]> {
  if (!entries.some(isPack)) return [...entries];
  const unpacked = await Promise.all(
    entries.map(async (entry) =>
      entry.pack === undefined
        ? [entry]
        : (JSON.parse(await readText(context, uid, entry.pack, signal)) as ToolCallEntry[]),
    ),
  );
  return unpacked.flat();
}

/** Tells an entry that stands for many from one tool call. */
export function isPack({ pack }: ToolCallEntry): boolean {
  return pack !== undefined;
}
