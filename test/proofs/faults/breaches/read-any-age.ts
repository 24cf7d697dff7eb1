import { CachedSessionStore } from '../../../../src/adapters/cached/sessions.ts';

// Loaded into a service with --import: what is cached counts as fresh, however old it is.
const { load } = CachedSessionStore.prototype;
CachedSessionStore.prototype.load = async function (tenant, sessionId, needs, options = {}) {
  const { maxAgeMs = 0 } = options;
  // Commits take any age as it is: what they are based on is proven by the store.
  const isRead = maxAgeMs > 0 && maxAgeMs < Number.POSITIVE_INFINITY;
  if (!isRead) return load.call(this, tenant, sessionId, needs, options);
  const anyAge = { ...options, maxAgeMs: Number.POSITIVE_INFINITY };
  const { ageMs: _, ...basis } = await load.call(this, tenant, sessionId, needs, anyAge);
  return basis;
};
