import type { Basis, BasisNeeds } from '../../model/basis.ts';
import type { Call } from '../../model/call.ts';
import { decide } from '../../model/decide/decide.ts';
import { notFound } from '../../model/decide/refusals.ts';
import type { SessionHeader } from '../../model/session.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Caller } from '../caller.ts';
import type { Engine } from './engine.ts';

/** SessionRead says which session is read, what of it, and how. */
export interface SessionRead {
  sessionId: string;
  /** True = no access: slides and revives nothing, and works in every status. */
  peek: boolean;
  /** 0 = whatever there is. */
  minVersion: number;
  /** An access only at this version; absent = no condition. */
  expectedVersion?: number;
  /** What is wanted beside the header. */
  view: BasisNeeds;
  /** True = no cache is asked; absent = what the store was asked for a moment ago will do. */
  mustAskStore?: boolean;
}

/** ReadSession is a session as it was read; `basis` holds what the view named. */
export interface ReadSession {
  header: SessionHeader;
  basis: Basis;
  /** True when this read brought it back from DORMANT. */
  resumed: boolean;
}

/**
 * Reads a session as its caller asked: an access slides and revives, and where nothing is to be written nothing is
 * queued. Throws SESSION_NOT_FOUND, VERSION_MISMATCH, and for an access SESSION_EXPIRED and SESSION_ENDED.
 */
export async function accessSession(engine: Engine, caller: Caller, read: SessionRead): Promise<ReadSession> {
  const { view, expectedVersion = 0 } = read;
  // Beside the header an access needs nothing.
  const call: Call = { kind: 'access', fresh: engine.fresh(), expectedVersion };
  const basis = await loadAtLeast(engine, caller, read, call);
  if (read.peek) return { header: requireHeader(basis), basis, resumed: false };
  const { changes, outcome } = decide(basis, call, engine.time(), engine.settings);
  if (changes === null && 'answer' in outcome)
    return { header: outcome.answer.header, basis, resumed: outcome.answer.resumed };
  // A refusal stands on what the store says now.
  if (changes === null && basis.ageMs === undefined && 'refusal' in outcome) throw outcome.refusal;
  const { tenant, signal } = caller;
  const settled = await engine.submit({ tenant, sessionId: read.sessionId, call, view, signal });
  return { header: settled.header, basis: settled.after(), resumed: settled.resumed };
}

/** Returns the header of a session that is there; throws SESSION_NOT_FOUND. */
function requireHeader({ header, sessionId }: Basis): SessionHeader {
  if (header === null || header.isTombstone) throw notFound(sessionId);
  return header;
}

/**
 * Loads a session, fresh enough to be read, or of any age where the access writes in any case: its commit tells. One
 * that is older than the caller knows is asked for once more.
 */
async function loadAtLeast(engine: Engine, caller: Caller, read: SessionRead, call: Call): Promise<Basis> {
  const { peek, minVersion, mustAskStore = false } = read;
  const { readStalenessMs } = engine.settings;
  const held = await load(engine, caller, read, mustAskStore ? 0 : peek ? readStalenessMs : Number.POSITIVE_INFINITY);
  const isFresh = (held.ageMs ?? 0) <= readStalenessMs;
  if (!isOlder(held, minVersion) && (isFresh || writes(engine, held, call))) return held;
  const basis = await load(engine, caller, read, 0);
  if (isOlder(basis, minVersion)) throw versionTooLow(minVersion, basis.header?.version ?? 0);
  return basis;
}

function load({ store }: Engine, { tenant, signal }: Caller, read: SessionRead, maxAgeMs: number): Promise<Basis> {
  return store.sessions.load(tenant, read.sessionId, read.view, { signal, maxAgeMs });
}

function writes(engine: Engine, basis: Basis, call: Call): boolean {
  return decide(basis, call, engine.time(), engine.settings).changes !== null;
}

function isOlder({ header }: Basis, minVersion: number): boolean {
  return header !== null && !header.isTombstone && header.version < minVersion;
}

function versionTooLow(minVersion: number, current: number): SessionError {
  return new SessionError(
    'VERSION_MISMATCH',
    `min_version is ${minVersion} but the session is at version ${current}; ask for a version that a write has answered`,
    { field: 'min_version', metadata: { current_version: String(current) } },
  );
}
