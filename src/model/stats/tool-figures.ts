import type { ToolActivity } from '../activity.ts';
import { countOf, percentile } from './histogram.ts';

/** ToolFigures is what was done with one tool; durations are in ms, of the calls that have one. */
export interface ToolFigures {
  name: string;
  callCount: number;
  failureCount: number;
  totalDurationMs: number;
  averageDurationMs: number;
  /** ±5 %. */
  p95DurationMs: number;
}

/** Derives the figures of every tool, the most used first, equal ones by name. */
export function toolFiguresOf(tools: Record<string, ToolActivity>): ToolFigures[] {
  const figures = Object.entries(tools).map(([name, tool]) => {
    const timed = countOf(tool.durations);
    return {
      name,
      callCount: tool.calls,
      failureCount: tool.failures,
      totalDurationMs: tool.totalDurationMs,
      averageDurationMs: timed === 0 ? 0 : tool.totalDurationMs / timed,
      p95DurationMs: percentile(tool.durations, 0.95),
    };
  });
  return figures.sort((one, other) => other.callCount - one.callCount || (one.name < other.name ? -1 : 1));
}
