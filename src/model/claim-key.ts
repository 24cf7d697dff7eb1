import { digestContent } from './request-digest.ts';

/** ConversationIdentity is by what Start finds a session without its id; empty text is a value like any other. */
export interface ConversationIdentity {
  agentId: string;
  channel: string;
  conversationKey: string;
  userId: string;
}

/** How many request ids of Starts a session holds: of the one that made it, and of the newest others that went to it. */
export const REQUEST_CLAIMS_MAX = 16;

/** Returns the claim of a Start's request id, from its digest: held by the session to which the Start went, made or found. */
export function requestClaimKey(digest: string): string {
  return `r/${digest}`;
}

/** Returns the digests of the request ids among claims; their answers go with them. */
export function requestDigestsOf(claims: readonly string[]): string[] {
  return claims.filter(isRequestClaim).map((key) => key.slice('r/'.length));
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
