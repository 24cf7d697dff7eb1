/** SessionSignals tells the watchers of this process that a session was committed to. A hint: nothing depends on it. */
export class SessionSignals {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Calls back after each commit to a session; returns the unsubscription. */
  subscribe(tenant: string, sessionId: string, listener: () => void): () => void {
    const key = sessionKey(tenant, sessionId);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  publish(tenant: string, sessionId: string): void {
    for (const listener of this.#listeners.get(sessionKey(tenant, sessionId)) ?? []) listener();
  }

  /** How many sessions are listened to. */
  get size(): number {
    return this.#listeners.size;
  }
}

/** Returns a key that no two sessions share: session ids hold no `/`. */
export function sessionKey(tenant: string, sessionId: string): string {
  return `${tenant}/${sessionId}`;
}
