import type { Report } from './report.ts';

/** Measure takes one measurement; `quick` = a smaller form of it. Throws CannotMeasure where the machine lacks something. */
export type Measure = (options: { quick: boolean }) => Promise<Report>;
