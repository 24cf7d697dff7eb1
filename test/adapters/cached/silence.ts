import type { Logger } from '../../../src/ports/logger.ts';
import type { Metrics } from '../../../src/ports/metrics.ts';

const ignore = (): void => {};

/** A logger and metrics that keep nothing. */
export const silence: { logger: Logger; metrics: Metrics } = {
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  metrics: { count: ignore, observe: ignore, gauge: ignore },
};
