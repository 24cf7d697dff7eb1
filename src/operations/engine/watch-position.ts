import type { EventRow } from '../../model/event.ts';
import { SessionError } from '../../model/session-error.ts';
import {
  decodeWatchToken,
  encodeWatchToken,
  foreignToken,
  LOG_START,
  positionAfter,
  type WatchPosition,
} from '../../model/watch-token.ts';
import type { Store } from '../../ports/store.ts';
import type { WatchLog } from './watch-log.ts';

/** WatchStart says where a watch begins; `startAt` in ms. */
export type WatchStart =
  | { kind: 'now' }
  | { kind: 'earliest' }
  | { kind: 'time'; startAt: number }
  | { kind: 'token'; resumeToken: string };

/** What finding a position needs: the log, whose it is, and how long rows are kept. */
export interface WatchWindow {
  log: WatchLog;
  store: Pick<Store, 'storeId' | 'tokenSecret'>;
  /** Rows recorded before this instant are over the retention, removed or not. */
  keptSince: number;
}

/** Record times of several instances are not monotone: a start time reaches back by this, in ms. */
const START_TIME_SLACK_MS = 5000;

/** Finds where a watch begins. Throws RESUME_TOKEN_FOREIGN and RESUME_TOKEN_COMPACTED. */
export async function findWatchPosition(
  window: WatchWindow,
  tenant: string,
  start: WatchStart,
): Promise<WatchPosition> {
  const { log, keptSince } = window;
  switch (start.kind) {
    case 'now':
      return currentPosition(log, tenant);
    case 'earliest':
      return positionSince(log, tenant, keptSince);
    case 'time':
      return positionSince(log, tenant, Math.max(keptSince, start.startAt - START_TIME_SLACK_MS));
    case 'token':
      return resumedPosition(window, tenant, start.resumeToken);
  }
}

/** Returns the place after the newest row. */
export async function currentPosition(events: WatchLog, tenant: string, signal?: AbortSignal): Promise<WatchPosition> {
  const { lastNumber } = await events.bounds(tenant, signal);
  return positionAt(events, tenant, lastNumber);
}

/** Returns the place after a row; one that is gone leaves its number, without a hash to tell it by. */
export async function positionAt(events: WatchLog, tenant: string, number: number): Promise<WatchPosition> {
  const row = number === 0 ? null : await events.find(tenant, number);
  return row === null ? { ...LOG_START, number } : positionAfter(row);
}

/** Returns the refusal of a place whose next row is over the retention, with the earliest token that is not. */
export function compacted(earliestToken: string): SessionError {
  return new SessionError(
    'RESUME_TOKEN_COMPACTED',
    'resume_token is older than the retention; start from earliest_token and list what may have been missed',
    { field: 'resume_token', metadata: { earliest_token: earliestToken } },
  );
}

async function positionSince(events: WatchLog, tenant: string, recordedAt: number): Promise<WatchPosition> {
  // In this order: a row that comes in between is after the place, whether it was found or not.
  const { lastNumber } = await events.bounds(tenant);
  const row = await events.findSince(tenant, recordedAt);
  return positionAt(events, tenant, row === null ? lastNumber : row.number - 1);
}

async function resumedPosition(window: WatchWindow, tenant: string, token: string): Promise<WatchPosition> {
  const { log, store, keptSince } = window;
  const scope = { secret: store.tokenSecret, storeId: store.storeId, tenant };
  const position = decodeWatchToken(scope, token);
  const { lastNumber } = await log.bounds(tenant);
  if (position.number > lastNumber) throw foreignToken();
  const [row, next] = await Promise.all([log.find(tenant, position.number), log.find(tenant, position.number + 1)]);
  if (isOtherRow(position, row)) throw foreignToken();
  // The window decides, whatever happens to be there still.
  if (position.number < lastNumber && (next?.recordedAt ?? Number.NEGATIVE_INFINITY) < keptSince)
    throw compacted(encodeWatchToken(scope, await positionSince(log, tenant, keptSince)));
  return position;
}

function isOtherRow(position: WatchPosition, row: EventRow | null): boolean {
  return row !== null && position.rowHash !== LOG_START.rowHash && positionAfter(row).rowHash !== position.rowHash;
}
