/**
 * Cache keeps bytes for a while, shared by the instances of a service. It is never the truth: it may forget, and may
 * answer what was put long ago. No method throws or waits: a fault or a slow answer is a miss, at once, and counted.
 */
export interface Cache {
  /** Names the place for people, without secrets: `redis://127.0.0.1:6379`. */
  readonly description: string;
  /** Reads what was last put under a key; null = a miss. */
  get(key: string): Promise<Uint8Array | null>;
  /** Puts bytes under a key, to be forgotten after a while, in ms; resolves when it was tried. */
  put(key: string, bytes: Uint8Array, ttlMs: number): Promise<void>;
  /** Tells whether it answers at the moment. */
  isReachable(): boolean;
  /** Idempotent; what comes after it is a miss. */
  close(): Promise<void>;
}
