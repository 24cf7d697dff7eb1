import type { SettledCount } from '../model/call.ts';
import type { LoadedMessage } from '../model/context/loaded-message.ts';
import { messageTexts } from '../model/context/message-texts.ts';
import type { Message, StoredMessage } from '../model/message.ts';
import type { SessionHeader } from '../model/session.ts';
import type { Engine } from './engine/engine.ts';

/** Decodes messages and makes their token counts exact, by the tokenizer of the session's model. */
export async function loadMessages(
  engine: Engine,
  model: string,
  stored: readonly StoredMessage[],
  signal: AbortSignal,
): Promise<LoadedMessage[]> {
  const loaded: LoadedMessage[] = [];
  for (const { sequence, startsTurn, tokenCount: countedTokens, isTokenCountExact, body } of stored) {
    const message = engine.codec.decode(body);
    const tokenCount = isTokenCountExact ? countedTokens : await countMessage(engine, model, message, signal);
    loaded.push({ sequence, startsTurn, tokenCount, countedTokens, message });
  }
  return loaded;
}

/** Counts a message's tokens exactly, or by the estimate that stands for an unknown model's tokenizer. */
async function countMessage(
  { tokenizer }: Engine,
  model: string,
  message: Message,
  signal: AbortSignal,
): Promise<number> {
  const { texts, flatTokens } = messageTexts(message);
  let tokens = flatTokens;
  for (const text of texts) tokens += await tokenizer.count(text, model, signal);
  return tokens;
}

/**
 * Keeps the counts that differ from the estimates, in the background, so that a message is not tokenised for each context.
 * Nobody waits for it and nothing is lost when it fails: the next context counts again. A few counts, as those of a turn,
 * go with the next write to the session: an agent that makes a context each turn writes no more often for it.
 */
export function keepCounts(engine: Engine, header: SessionHeader, loaded: readonly LoadedMessage[]): void {
  const counts = loaded.flatMap(settledCount).slice(-KEPT_AT_ONCE);
  if (counts.length === 0) return;
  const { tenant, sessionId, rev } = header;
  const call = { kind: 'settleTokens' as const, fresh: engine.fresh(), rev, counts };
  const patienceMs = counts.length > COUNTED_AGAIN_MAX ? 0 : COMPANY_MS;
  engine.submit({ tenant, sessionId, call, patienceMs }).catch((error: unknown) => {
    engine.logger.debug({ tenant, sessionId, error }, 'token counts were not kept');
  });
}

/** So many counts are one commit, the newest first; the contexts that follow keep the rest. */
const KEPT_AT_ONCE = 256;

/** So few counts wait for a write that they can go with, at most so long, in ms; contexts before it count again. */
const COUNTED_AGAIN_MAX = 8;
const COMPANY_MS = 60_000;

function settledCount({ sequence, tokenCount, countedTokens, message }: LoadedMessage): SettledCount[] {
  return tokenCount === countedTokens
    ? []
    : [{ sequence, role: message.role, previousCount: countedTokens, tokenCount }];
}
