/** Metrics counts what operators watch; names and labels are fixed in docs/operations.md. Labels never hold ids or contents. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: string, labels?: Record<string, string>, by?: number): void;
  /** Notes one value of a distribution (durations in seconds, sizes in bytes). */
  observe(name: string, value: number, labels?: Record<string, string>): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Record<string, string>): void;
}
