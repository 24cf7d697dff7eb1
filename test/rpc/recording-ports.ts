import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';

/** A line that was logged. */
export interface LoggedLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  facts: Record<string, unknown>;
  line: string;
}

/** A logger that remembers its lines. */
export class RecordingLogger implements Logger {
  readonly lines: LoggedLine[] = [];

  debug(facts: Record<string, unknown>, line: string): void {
    this.lines.push({ level: 'debug', facts, line });
  }

  info(facts: Record<string, unknown>, line: string): void {
    this.lines.push({ level: 'info', facts, line });
  }

  warn(facts: Record<string, unknown>, line: string): void {
    this.lines.push({ level: 'warn', facts, line });
  }

  error(facts: Record<string, unknown>, line: string): void {
    this.lines.push({ level: 'error', facts, line });
  }
}

/** Metrics that remember what was counted, by name and labels. */
export class RecordingMetrics implements Metrics {
  readonly counts: { name: string; labels: Record<string, string>; by: number }[] = [];
  readonly observations: { name: string; value: number; labels: Record<string, string> }[] = [];

  count(name: string, labels: Record<string, string> = {}, by = 1): void {
    this.counts.push({ name, labels, by });
  }

  observe(name: string, value: number, labels: Record<string, string> = {}): void {
    this.observations.push({ name, value, labels });
  }

  gauge(): void {}
}
