/** CannotMeasure says what a measurement lacks on this machine, and what to do about it. */
export class CannotMeasure extends Error {
  override readonly name = 'CannotMeasure';
}
