/** Clock gives the two times of a machine. */
export interface Clock {
  /** The wall clock, ms since the epoch; may step. */
  wallAt(): number;
  /** Ms since some start; never steps. */
  monotonicMs(): number;
}
