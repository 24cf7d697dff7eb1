import type { ToolActivity } from '../activity.ts';
import { countOf, percentile, sumHistograms } from './histogram.ts';

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
  return figures.sort((a, b) => b.callCount - a.callCount || (a.name < b.name ? -1 : 1));
}

/** Sums what two reports say of the same tools. */
export function sumTools(
  first: Record<string, ToolActivity>,
  second: Record<string, ToolActivity>,
): Record<string, ToolActivity> {
  const sum = new Map(Object.entries(first));
  for (const [name, tool] of Object.entries(second)) {
    const known = sum.get(name);
    sum.set(name, known === undefined ? tool : sumTool(known, tool));
  }
  return Object.fromEntries(sum);
}

function sumTool(first: ToolActivity, second: ToolActivity): ToolActivity {
  return {
    calls: first.calls + second.calls,
    failures: first.failures + second.failures,
    durations: sumHistograms([first.durations, second.durations]),
    totalDurationMs: first.totalDurationMs + second.totalDurationMs,
  };
}
