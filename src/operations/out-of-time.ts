/**
 * OutOfTime is why a caller's signal aborts once its deadline is so near that an answer must leave: whoever waits then
 * says what for.
 */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  /** How long the call was given, in ms. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super('the deadline of the call has passed');
    this.timeoutMs = timeoutMs;
  }
}
