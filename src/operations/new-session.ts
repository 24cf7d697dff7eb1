import type { IfExists, SessionSpec } from '../model/call.ts';
import { checkNewSession } from '../model/checks/check-new-session.ts';
import { termsRequestOf } from '../model/checks/check-terms.ts';
import type { JsonObject } from '../model/json.ts';
import type { Limits } from '../model/limits.ts';

/** NewSessionInput is what a new session is made from; absent spans are the server's defaults, empty text = not given. */
export interface NewSessionInput {
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  /** Null = the default of the call. */
  ifExists: IfExists | null;
  state: JsonObject;
  metadata: JsonObject;
  labels: Record<string, string>;
  title: string;
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  neverExpires: boolean;
  expiringLeadMs?: number;
  model: string;
  tokenLimit: number;
}

/** Checks an input and returns what a session is made from; `prefix` stands before the names of its fields. */
export function specFrom(
  input: NewSessionInput,
  { prefix, limits, ifExists }: { prefix: string; limits: Limits; ifExists: IfExists },
): SessionSpec {
  checkNewSession(prefix, input, limits);
  const { dormantAfterMs, ttlMs, maxTtlMs, neverExpires, expiringLeadMs } = input;
  const { userId, agentId, channel, conversationKey, title, labels, metadata, state, model, tokenLimit } = input;
  return {
    ...{ userId, agentId, channel, conversationKey, title, labels, metadata, state, model, tokenLimit },
    terms: termsRequestOf(prefix, {
      dormantAfterMs,
      ttlMs,
      maxTtlMs,
      neverExpires: neverExpires || undefined,
      expiringLeadMs,
    }),
    ifExists: input.ifExists ?? ifExists,
  };
}
