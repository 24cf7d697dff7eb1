import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Happening, Simulation } from './simulation.ts';

const require = createRequire(import.meta.url);
/** The mutable modules behind the imports of `node:timers/promises` and `node:crypto`. */
const timerPromises = require('node:timers/promises');
const crypto = require('node:crypto');

/** VirtualTimer stands for what `setTimeout` returns. */
class VirtualTimer {
  readonly happening: Happening;
  constructor(happening: Happening) {
    this.happening = happening;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
}

/**
 * Puts a simulation's time under every timer, its seed under every random number, and runs the work with it: the code under test
 * pauses, times out and draws as the schedule says. Afterwards everything is as it was.
 */
export async function withVirtualTimers<Result>(simulation: Simulation, work: () => Promise<Result>): Promise<Result> {
  const { setTimeout, clearTimeout } = globalThis;
  const { setTimeout: sleep } = timerPromises;
  const { randomBytes, randomUUID } = crypto;
  const { random } = Math;
  const { stackTraceLimit } = Error;
  globalThis.setTimeout = timeoutOf(simulation) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: unknown) => {
    if (timer instanceof VirtualTimer) simulation.cancel(timer.happening);
    else clearTimeout(timer as NodeJS.Timeout);
  }) as typeof clearTimeout;
  timerPromises.setTimeout = sleepOf(simulation);
  crypto.randomBytes = (count: number) => Buffer.from(simulation.random.bytes(count));
  crypto.randomUUID = () => Buffer.from(simulation.random.bytes(16)).toString('hex');
  Math.random = () => simulation.random.integer(2 ** 31) / 2 ** 31;
  // Refusals are many, and nobody reads where they came from unless the schedule is traced.
  if (!simulation.isTraced) Error.stackTraceLimit = 0;
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Object.assign(timerPromises, { setTimeout: sleep });
    Object.assign(crypto, { randomBytes, randomUUID });
    Math.random = random;
    Error.stackTraceLimit = stackTraceLimit;
    syncBuiltinESMExports();
  }
}

function timeoutOf(simulation: Simulation) {
  return (action: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]) =>
    new VirtualTimer(simulation.after(delayMs, () => action(...values)));
}

function sleepOf(simulation: Simulation) {
  return (delayMs = 0, value?: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const happening = simulation.after(delayMs, () => resolve(value));
      signal?.addEventListener('abort', () => {
        simulation.cancel(happening);
        reject(signal.reason);
      });
    });
}
