import { formatDuration } from '../../config/kind.ts';
import type { Store } from '../../ports/store.ts';
import { instancesAlive } from '../instances-alive.ts';
import { type Finding, judge } from './finding.ts';

const OFFSET_HINT_MS = 5000;
const BEHIND_MS = 60_000;

/** Examines what every store can tell: its clock, who uses it, and what is overdue. */
export async function examineStore(store: Store): Promise<Finding[]> {
  const now = await store.presence.now();
  const findings = [await examineClock(store), await examineBacklog(store, now)];
  if (!store.isExclusive) findings.push(await examineInstances(store, now));
  return findings;
}

async function examineClock({ presence }: Store): Promise<Finding> {
  const sentAt = Date.now();
  const storeAt = await presence.now();
  const answeredAt = Date.now();
  const offsetMs = Math.round((sentAt + answeredAt) / 2 - storeAt);
  const what = `this machine is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead of'} the store's clock`;
  return judge('clock', what, Math.abs(offsetMs) > OFFSET_HINT_MS && CLOCK_REMEDY);
}

const CLOCK_REMEDY = {
  level: 'hint',
  remedy: 'deadlines follow the store’s clock alone; run a time service so that logs can be compared',
} as const;

async function examineBacklog({ sessions }: Store, now: number): Promise<Finding> {
  const [count, [oldest]] = await Promise.all([sessions.countDue(now), sessions.findDue(now, 1, null)]);
  const behindMs = oldest === undefined ? 0 : now - oldest.dueAt;
  const since = behindMs > 0 ? `, the oldest for ${formatDuration(Math.ceil(behindMs / 1000) * 1000)}` : '';
  return judge('sweep', `sessions that wait for the sweep: ${count}${since}`, behindMs > BEHIND_MS && SWEEP_REMEDY);
}

const SWEEP_REMEDY = {
  level: 'hint',
  remedy: 'start an instance, or more of them; after an outage the backlog goes at catch-up-rate, a minute later',
} as const;

async function examineInstances(store: Store, now: number): Promise<Finding> {
  const count = (await instancesAlive(store, now)).length;
  return judge('instances', `${count} alive`, count === 0 && NOBODY_REMEDY);
}

const NOBODY_REMEDY = {
  level: 'hint',
  remedy: 'start the service: nobody serves, sweeps or finishes what was begun',
} as const;
