import type { SessionHeader, SessionRecord } from '../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import { emptyDetails, readPart } from './basis.ts';
import type { Connection } from './connection.ts';
import { cursorOf, readSessionPage } from './session-pages.ts';
import { findTenant } from './tenants.ts';

/** ListScan asks for one step of a list: at most `limit` sessions among those of the next page. */
export interface ListScan {
  tenant: string;
  filter: SessionFilter;
  order: SessionOrder;
  after: SessionCursor | null;
  limit: number;
}

/** ListStep is what a step found, and where the next one goes on; null = the list is at its end. */
export interface ListStep {
  records: SessionRecord[];
  next: SessionCursor | null;
}

/** Reads one step of a list. */
export function scanList(connection: Connection, scan: ListScan): ListStep {
  const tenant = findTenant(connection, scan.tenant);
  if (tenant === null) return { records: [], next: null };
  return connection.snapshot(() => {
    const { sessions, next } = readSessionPage(connection, tenant, scan.filter, scan.order, scan.after);
    const records: SessionRecord[] = [];
    for (const { key, header } of sessions) {
      const record = matchesHeader(header, scan.filter) ? readRecord(connection, key, header) : null;
      if (record === null || !matchesDetails(record, scan.filter)) continue;
      records.push(record);
      if (records.length === scan.limit) return { records, next: cursorOf(header, scan.order) };
    }
    return { records, next };
  });
}

function readRecord(connection: Connection, key: number, header: SessionHeader): SessionRecord {
  return {
    header,
    details: readPart(connection, 'details', key, emptyDetails()),
    state: readPart(connection, 'state', key, {}),
  };
}

function matchesHeader(header: SessionHeader, filter: SessionFilter): boolean {
  return (
    isWanted(header.userId, filter.userId) &&
    isWanted(header.agentId, filter.agentId) &&
    isWanted(header.channel, filter.channel) &&
    isWanted(header.conversationKey, filter.conversationKey) &&
    isWantedStatus(header, filter) &&
    isBetween(header.createdAt, filter.createdAfter, filter.createdBefore) &&
    isBetween(header.lastAccessAt, filter.accessedAfter, filter.accessedBefore)
  );
}

function matchesDetails({ details }: SessionRecord, { labels = {}, titleQuery = '' }: SessionFilter): boolean {
  return (
    Object.entries(labels).every(([key, value]) => details.labels[key] === value) &&
    details.title.toLowerCase().includes(titleQuery.toLowerCase())
  );
}

function isWanted(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function isWantedStatus({ status, dueAt }: SessionHeader, { statuses, orDueBefore }: SessionFilter): boolean {
  if (statuses === undefined || statuses.includes(status)) return true;
  return dueAt !== null && orDueBefore !== undefined && dueAt <= orDueBefore;
}

function isBetween(at: number, after: number | undefined, before: number | undefined): boolean {
  return (after === undefined || at > after) && (before === undefined || at < before);
}
