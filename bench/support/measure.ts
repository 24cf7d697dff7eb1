/** Measure prints what a benchmark measured; `quick` = a smaller form of it, in a minute. */
export type Measure = (options: { quick: boolean }) => Promise<void>;
