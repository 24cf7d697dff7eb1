import { digestContent } from './request-digest.ts';

/** ConversationIdentity is by what Start finds a session without its id; empty text is a value like any other. */
export interface ConversationIdentity {
  agentId: string;
  channel: string;
  conversationKey: string;
  userId: string;
}

/** Returns the claim of a Start's request id, from its digest: held as long as the session that the Start made. */
export function requestClaimKey(digest: string): string {
  return `r/${digest}`;
}

/** Returns the claim of a conversation: held from Start until End, expiry or Delete. */
export function conversationClaimKey(identity: ConversationIdentity): string {
  const { agentId, channel, conversationKey, userId } = identity;
  return `k/${digestContent('conversation', [agentId, channel, conversationKey, userId])}`;
}

/** Tells the claim of a request id from that of a conversation. */
export function isRequestClaim(key: string): boolean {
  return key.startsWith('r/');
}
