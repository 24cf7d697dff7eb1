import { choice, duration, integer, size } from '../kind.ts';
import { setting } from '../setting.ts';

const MIB = 1024 ** 2;

/** How the service works inside. */
export const workSettings = {
  logLevel: setting({
    name: 'log-level',
    kind: choice(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    effect: 'Least important lines that are logged, as JSON, to standard error. Contents of messages never are.',
  }),
  sweepIntervalMs: setting({
    name: 'sweep-interval',
    kind: duration({ min: 10, max: 60_000 }),
    default: 250,
    effect:
      'Pause between two looks for sessions whose time is over; with MongoDB up to four times as long while there are none.',
  }),
  catchUpPerSecond: setting({
    name: 'catch-up-rate',
    kind: integer({ min: 1, max: 100_000 }),
    default: 1000,
    effect: 'Sessions that may expire in a second while the backlog of an outage is worked off.',
  }),
  contentionMs: setting({
    name: 'contention-timeout',
    kind: duration({ min: 100, max: 60_000 }),
    default: 10_000,
    effect: 'How long a write may lose against others before it is refused as STORE_CONTENDED.',
  }),
  queuedCallsPerSessionMax: setting({
    name: 'queued-calls-per-session',
    kind: integer({ min: 1, max: 100_000 }),
    default: 1000,
    effect: 'Calls that may wait for one session; above it callers are told OVERLOADED.',
  }),
  queuedCallsMax: setting({
    name: 'queued-calls',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 20_000,
    effect: 'Calls that may wait in all; above it callers are told OVERLOADED.',
  }),
  queuedBytesMax: setting({
    name: 'queued-bytes',
    kind: size({ min: MIB, max: 16 * 1024 * MIB }),
    default: 256 * MIB,
    effect: 'Bytes of messages that may wait in all; above it callers are told OVERLOADED.',
  }),
  watchStallMs: setting({
    name: 'watch-stall',
    kind: duration({ min: 100, max: 600_000 }),
    default: 10_000,
    effect: 'A watcher that takes nothing for this long is cut off as WATCHER_TOO_SLOW.',
  }),
  watchProgressMs: setting({
    name: 'watch-progress',
    kind: duration({ min: 5000, max: 60_000 }),
    default: 30_000,
    effect: 'Pause after which an idle stream says that it lives.',
  }),
  watchRingRowsMax: setting({
    name: 'watch-ring',
    kind: integer({ min: 256, max: 1_000_000 }),
    default: 4096,
    effect: 'Events of a tenant kept at hand for its watchers; those further behind read from the store.',
  }),
};
