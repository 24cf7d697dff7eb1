import type { CallConditions, IfExists, SessionSpec } from '../model/call.ts';
import { requestClaimKey } from '../model/claim-key.ts';
import { REQUEST_ID_WINDOW_MS } from '../model/decide/request-memory.ts';
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
 * whoever loses the race looks again and finds the winner's.
 */
export async function findOrStart(engine: Engine, caller: Caller, call: StartCall): Promise<SettledCall> {
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const target = await findTarget(engine, caller, call);
    try {
      return await submitStart(engine, caller, call, target);
    } catch (fault) {
      if (!mustLookAgain(fault, call, target)) throw fault;
    }
  }
  throw storeContended();
}

/** Target is the session to which a Start goes. */
interface Target {
  sessionId: string;
  foundBy: 'requestId' | 'sessionId' | 'key' | 'nothing';
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
  if (holderId !== null) return { sessionId: holderId, foundBy: 'key' };
  const random = engine.random.bytes(SESSION_ID_RANDOM_BYTES);
  return { sessionId: sessionIdFrom(call.spec.agentId, engine.time().now, random), foundBy: 'nothing' };
}

/** One that is over has given its claim back: those who ask for a RESTART want it only if it answered them before. */
async function findByKey(engine: Engine, caller: Caller, { spec, conditions }: StartCall): Promise<string | null> {
  const { sessions } = engine.store;
  const [claim] = conversationClaims(spec);
  if (claim === undefined) return null;
  const holder = await sessions.findClaim(caller.tenant, claim, caller.signal);
  if (holder !== null) return holder.sessionId;
  if (spec.ifExists !== 'RESTART') return findLast(sessions, caller, spec);
  const { request } = conditions;
  if (request === undefined || request.isServerMade) return null;
  const lastId = await findLast(sessions, caller, spec, engine.time().now - REQUEST_ID_WINDOW_MS);
  if (lastId === null) return null;
  const { recorded } = await sessions.load(
    caller.tenant,
    lastId,
    { requestIds: [request.digest] },
    { signal: caller.signal },
  );
  return recorded.has(request.digest) ? lastId : null;
}

/** Finds the last session of a key that is over, accessed after an instant in ms. */
async function findLast(
  sessions: SessionStore,
  { tenant, signal }: Caller,
  { agentId, channel, conversationKey, userId }: SessionSpec,
  accessedAfter = 0,
): Promise<string | null> {
  const order = { by: 'lastAccessAt', direction: 'newestFirst' } as const;
  const filter = { agentId, channel, conversationKey, userId, accessedAfter };
  const [last] = await sessions.list(tenant, filter, order, null, 1, signal);
  return last?.header.sessionId ?? null;
}

/** Under a key, one that is over gives way to a session with another id: it is not restarted, but refused and left. */
function ifExistsAt({ spec }: StartCall, { foundBy }: Target): IfExists {
  return foundBy === 'key' && spec.ifExists === 'RESTART' ? 'RESUME' : spec.ifExists;
}

async function submitStart(engine: Engine, caller: Caller, call: StartCall, target: Target): Promise<SettledCall> {
  const spec = { ...call.spec, ifExists: ifExistsAt(call, target) };
  const claims = [...requestClaims(call.conditions), ...conversationClaims(spec)];
  return engine.submit({
    ...caller,
    sessionId: target.sessionId,
    view: VIEW_NEEDS,
    call: { kind: 'start', ...call.conditions, spec, claims },
  });
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
  return isTaken && call.sessionId === '';
}
