/** Caller is on whose behalf an operation runs; `signal` aborts when the caller has left or its deadline has passed. */
export interface Caller {
  tenant: string;
  signal: AbortSignal;
}
