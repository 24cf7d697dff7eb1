import type { Summary, SummaryKind } from '../model/summary.ts';
import type { Caller } from './caller.ts';
import type { Conversation } from './conversation.ts';
import type { Engine } from './engine/engine.ts';
import type { StoredConversation } from './match-stored.ts';

/** Returns a conversation's summaries that reach further than the stored ones of their kind, with the session's sequences. */
export async function newSummariesOf(
  { tokenizer }: Engine,
  { signal }: Caller,
  { spec, summaries }: Conversation,
  stored: StoredConversation,
): Promise<Omit<Summary, 'createdAt'>[]> {
  const found: Omit<Summary, 'createdAt'>[] = [];
  for (const summary of summaries) {
    const lastSequence = sequenceAt(stored, summary.lastSequence);
    if (lastSequence <= coveredThrough(stored, summary.kind)) continue;
    const firstSequence = sequenceAt(stored, summary.firstSequence);
    const tokenCount = summary.tokenCount || (await tokenizer.count(summary.text, spec.model, signal));
    found.push({ ...summary, firstSequence, lastSequence, tokenCount, source: 'CALLER' });
  }
  return found;
}

/** The sequence that the conversation's message at a place (from 1) has, or gets. */
function sequenceAt({ sequences, lastSequence }: StoredConversation, place: number): number {
  return sequences[place - 1] ?? lastSequence + place - sequences.length;
}

function coveredThrough({ summaries }: StoredConversation, kind: SummaryKind): number {
  return Math.max(0, ...summaries.filter((summary) => summary.kind === kind).map(({ lastSequence }) => lastSequence));
}
