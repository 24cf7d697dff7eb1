import type { CallConditions, IfExists, SessionSpec } from '../model/call.ts';
import { requestClaimKey } from '../model/claim-key.ts';
import { SESSION_ID_RANDOM_BYTES, sessionIdFrom } from '../model/ids.ts';
import { SessionError } from '../model/session-error.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { Caller } from './caller.ts';
import { conversationClaims } from './conversation-claims.ts';
import type { Engine } from './engine/engine.ts';
import { storeContended } from './engine/queued-call.ts';
import type { SettledCall } from './engine/submission.ts';
import { VIEW_NEEDS } from './session-view.ts';

/** Start is a checked Start on its way: `sessionId` empty = found by key, or made. */
export interface StartCall {
  sessionId: string;
  spec: SessionSpec;
  conditions: CallConditions;
}

/** How often a Start looks again when others made or ended the session that it found. */
const LOOKS_MAX = 16;

/**
 * Finds the session by request id, by id, by key, or makes one under a new id. Claims make racing Starts one session:
 * whoever loses the race looks again and finds the winner's. A session that is probably new is made without a look.
 */
export async function findOrStart(engine: Engine, caller: Caller, call: StartCall): Promise<SettledCall> {
  let target = expectNew(engine, caller, call) ?? (await findTarget(engine, caller, call));
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    try {
      return await submitStart(engine, caller, call, target);
    } catch (fault) {
      if (!mustLookAgain(fault, call, target)) throw fault;
    }
    target = await findTarget(engine, caller, call);
  }
  throw storeContended();
}

/** Target is the session to which a Start goes. */
interface Target {
  sessionId: string;
  foundBy: 'requestId' | 'sessionId' | 'key' | 'nothing';
  /** True for one that nobody has looked for: its commit tells whether it, or a claim of it, is there. */
  isNew?: boolean;
}

/** Returns the target of a Start that makes a session unless its commit tells otherwise; null when it must be looked for. */
function expectNew(engine: Engine, { tenant }: Caller, call: StartCall): Target | null {
  const { spec, sessionId } = call;
  if (sessionId !== '') return spec.ifExists === 'FAIL' ? { sessionId, foundBy: 'sessionId', isNew: true } : null;
  const [claim] = conversationClaims(spec);
  if (claim === undefined) return { ...freshTarget(engine, call), isNew: true };
  if (spec.ifExists !== 'RESTART' || engine.recentKeys.has(tenant, claim)) return null;
  return { ...freshTarget(engine, call), isNew: true };
}

async function findTarget(engine: Engine, { tenant, signal }: Caller, call: StartCall): Promise<Target> {
  const { sessions } = engine.store;
  const [requestClaim] = requestClaims(call.conditions);
  if (requestClaim !== undefined) {
    const holder = await sessions.findClaim(tenant, requestClaim, signal);
    if (holder !== null) return { sessionId: holder.sessionId, foundBy: 'requestId' };
  }
  if (call.sessionId !== '') return { sessionId: call.sessionId, foundBy: 'sessionId' };
  const holderId = await findByKey(engine, { tenant, signal }, call);
  return holderId === null ? freshTarget(engine, call) : { sessionId: holderId, foundBy: 'key' };
}

function freshTarget({ random, time }: Engine, { spec }: StartCall): Target {
  const sessionId = sessionIdFrom(spec.agentId, time().now, random.bytes(SESSION_ID_RANDOM_BYTES));
  return { sessionId, foundBy: 'nothing' };
}

/** One that is over has given its claim back: those who ask for a RESTART want another. */
async function findByKey(engine: Engine, caller: Caller, { spec }: StartCall): Promise<string | null> {
  const { sessions } = engine.store;
  const [claim] = conversationClaims(spec);
  if (claim === undefined) return null;
  const holder = await sessions.findClaim(caller.tenant, claim, caller.signal);
  if (holder !== null) return holder.sessionId;
  return spec.ifExists === 'RESTART' ? null : findLast(sessions, caller, spec);
}

/** Finds the last session of a key that is over. */
async function findLast(
  sessions: SessionStore,
  { tenant, signal }: Caller,
  { agentId, channel, conversationKey, userId }: SessionSpec,
): Promise<string | null> {
  const order = { by: 'lastAccessAt', direction: 'newestFirst' } as const;
  const filter = { agentId, channel, conversationKey, userId };
  const [last] = await sessions.list(tenant, filter, order, null, 1, signal);
  return last?.header.sessionId ?? null;
}

/** Under a key, one that is over gives way to a session with another id: it is not restarted, but refused and left. */
function ifExistsAt({ spec }: StartCall, { foundBy }: Target): IfExists {
  return foundBy === 'key' && spec.ifExists === 'RESTART' ? 'RESUME' : spec.ifExists;
}

async function submitStart(engine: Engine, caller: Caller, call: StartCall, target: Target): Promise<SettledCall> {
  const { sessionId, isNew = false } = target;
  const spec = { ...call.spec, ifExists: ifExistsAt(call, target) };
  const keys = conversationClaims(spec);
  // What an earlier look may have made, and may still come late, keeps its uid to itself.
  const fresh = isNew ? call.conditions.fresh : engine.fresh();
  const settled = await engine.submit({
    ...caller,
    sessionId,
    isNew,
    view: VIEW_NEEDS,
    call: { kind: 'start', ...call.conditions, fresh, spec, claims: [...keys, ...requestClaims(call.conditions)] },
  });
  for (const key of keys) engine.recentKeys.add(caller.tenant, key);
  return settled;
}

/** Only a caller's own request id finds its session again. */
function requestClaims({ request }: CallConditions): string[] {
  return request === undefined || request.isServerMade ? [] : [requestClaimKey(request.digest)];
}

/** Tells whether a refusal is about the race, not about what was asked. */
function mustLookAgain(fault: unknown, call: StartCall, target: Target): boolean {
  if (!(fault instanceof SessionError)) return false;
  const isOver = fault.reason === 'SESSION_EXPIRED' || fault.reason === 'SESSION_ENDED';
  if (target.foundBy === 'key' && isOver) return call.spec.ifExists === 'RESTART';
  const isTaken = fault.reason === 'SESSION_EXISTS' && fault.metadata.session_id !== target.sessionId;
  return isTaken && (call.sessionId === '' || target.isNew === true);
}
