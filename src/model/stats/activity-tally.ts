import { type Activity, emptyActivity, type Histogram, type ToolActivity } from '../activity.ts';
import { addHistogram } from './histogram.ts';

/** ActivityTally sums what sessions and agents reported; of errors the newest stays. */
export class ActivityTally {
  readonly #tools = new Map<string, ToolActivity>();
  readonly #responseTimes: Histogram = {};
  #totalResponseMs = 0;
  #errorCount = 0;
  #lastError: Activity['lastError'] = null;

  /** Adds one report. */
  add(activity: Activity): void {
    for (const [name, tool] of Object.entries(activity.tools)) this.#addTool(name, tool);
    addHistogram(this.#responseTimes, activity.responseTimes);
    this.#totalResponseMs += activity.totalResponseMs;
    this.#errorCount += activity.errorCount;
    const { lastError } = activity;
    if (lastError !== null && lastError.at >= (this.#lastError?.at ?? 0)) this.#lastError = lastError;
  }

  /** Returns what was added, as one report; statuses belong to an agent and are left out. */
  sum(): Activity {
    return {
      ...emptyActivity(),
      tools: Object.fromEntries(this.#tools),
      responseTimes: this.#responseTimes,
      totalResponseMs: this.#totalResponseMs,
      errorCount: this.#errorCount,
      lastError: this.#lastError,
    };
  }

  #addTool(name: string, tool: ToolActivity): void {
    const sum = this.#tools.get(name) ?? { calls: 0, failures: 0, durations: {}, totalDurationMs: 0 };
    sum.calls += tool.calls;
    sum.failures += tool.failures;
    sum.totalDurationMs += tool.totalDurationMs;
    addHistogram(sum.durations, tool.durations);
    this.#tools.set(name, sum);
  }
}
