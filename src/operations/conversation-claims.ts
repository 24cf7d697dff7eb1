import { type ConversationIdentity, conversationClaimKey } from '../model/claim-key.ts';

/** Returns the claim that makes a conversation one session's; none without a conversation key. */
export function conversationClaims(identity: ConversationIdentity): string[] {
  const { agentId, channel, conversationKey, userId } = identity;
  return conversationKey === '' ? [] : [conversationClaimKey({ agentId, channel, conversationKey, userId })];
}
