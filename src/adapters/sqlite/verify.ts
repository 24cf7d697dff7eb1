import { SessionError } from '../../model/session-error.ts';
import type { Finding } from '../../ports/store.ts';
import type { Connection } from './connection.ts';
import { translateError } from './errors.ts';
import { ROW_CHECKS, type RowCheck } from './row-checks.ts';
import { allTenants } from './tenants.ts';

/** VerifyPlace is where a check of the file goes on: a stage, and the last row that was looked at. */
export interface VerifyPlace {
  stage: number;
  after: [number, number | string];
}

/** VerifyStep is what one transaction found, and the share of the whole that is done, from 0 to 1. */
export interface VerifyStep {
  findings: Finding[];
  /** True for faults of pages and indexes, which can hide rows that are whole; others concern one row each. */
  isStructural: boolean;
  next: VerifyPlace | null;
  share: number;
}

/** Where a check of the file begins: with its structure. */
export const VERIFY_START: VerifyPlace = { stage: 0, after: [0, ''] };

/** Where the check of the rows begins, which comes after that of the structure. */
export const VERIFY_ROWS: VerifyPlace = { stage: 1, after: [0, ''] };

interface StageResult {
  findings: Finding[];
  after: VerifyPlace['after'] | null;
}

type Stage = (connection: Connection, after: VerifyPlace['after']) => StageResult;

const FINDINGS_MAX = 100;
const REMEDY = 'restore the file from a backup; `threadkeep export` saves what can still be read';

const STAGES: readonly Stage[] = [
  checkStructure,
  checkEventNumbers,
  ...ROW_CHECKS.map(
    (check) => (connection: Connection, after: VerifyPlace['after']) => checkRows(connection, check, after),
  ),
];

/** Looks at the next rows of the file; a stage that cannot be read to its end is a finding and the next one begins. */
export function scanVerify(connection: Connection, place: VerifyPlace): VerifyStep {
  const stage = STAGES[place.stage]!;
  const { findings, after } = connection.snapshot(() => runStage(connection, stage, place.after));
  const next = after === null ? { stage: place.stage + 1, after: VERIFY_START.after } : { stage: place.stage, after };
  const isLast = next.stage === STAGES.length;
  return {
    findings,
    isStructural: stage === checkStructure,
    next: isLast ? null : next,
    share: isLast ? 1 : next.stage / STAGES.length,
  };
}

function runStage(connection: Connection, stage: Stage, after: VerifyPlace['after']): StageResult {
  try {
    return stage(connection, after);
  } catch (error) {
    return { findings: [findingFrom(error, connection.path)], after: null };
  }
}

function checkStructure(connection: Connection): StageResult {
  const rows = connection.all<{ integrity_check: string }>(`PRAGMA integrity_check(${FINDINGS_MAX})`);
  const faults = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  return { findings: faults.map((what) => ({ what: `${connection.path}: ${what}`, remedy: REMEDY })), after: null };
}

function checkEventNumbers(connection: Connection): StageResult {
  const sql = `SELECT count(*) AS count, min(number) AS first, max(number) AS last FROM events WHERE tenant = ?`;
  const findings: Finding[] = [];
  for (const tenant of allTenants(connection)) {
    const { count, first, last } = connection.get<{ count: number; first: number; last: number }>(sql, tenant.key)!;
    if (count === 0 || last - first + 1 === count) continue;
    findings.push({ what: `the events ${first} to ${last} of tenant ${tenant.name} have holes`, remedy: REMEDY });
  }
  return { findings, after: null };
}

function checkRows(connection: Connection, check: RowCheck, after: VerifyPlace['after']): StageResult {
  const rows = connection.all<Record<string, never>>(check.sql, ...after, check.limit);
  const findings: Finding[] = [];
  for (const row of rows) {
    try {
      check.verify(connection, row);
    } catch (error) {
      findings.push(findingFrom(error, connection.path));
    }
  }
  const last = rows.at(-1);
  return { findings, after: last === undefined || rows.length < check.limit ? null : [last.place1!, last.place2!] };
}

function findingFrom(error: unknown, path: string): Finding {
  const translated = translateError(error, path);
  if (translated instanceof SessionError) return { what: translated.message, remedy: REMEDY };
  throw translated;
}
