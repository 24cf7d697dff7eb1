import type { Claim } from '../../../model/basis.ts';
import type { SessionHeader } from '../../../model/session.ts';
import type { MongoContext } from '../context.ts';
import type { ClaimDocument, SessionDocument } from '../database/documents.ts';
import { fenceClaimant } from './fence-claimant.ts';
import { documentIdOf } from './session-codec.ts';

/** A claim whose session does not say that it holds it is free after this, in ms: a commit that takes longer has timed out. */
const UNDERWAY_MS = 3000;

/**
 * The attempt, and for a session's first life the uid, of a claim that several commits of one session took, one of which
 * may still come. They need not wait for each other, and none may give it back when it fails.
 */
const WHICHEVER_COMES = '';

/**
 * Takes claims for a session in one attempt to commit; false where another live session holds one, or is about to. What it
 * takes counts only once the session's document lists it, so nothing is lost with whoever dies in between.
 */
export async function takeClaims(
  context: MongoContext,
  { tenant, sessionId, uid }: SessionHeader,
  keys: readonly string[],
  attempt: string,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const key of keys) {
    const mine = { uid, sid: sessionId, at: context.now(), by: attempt };
    const stored = await context.collections.claims.findOneAndUpdate(
      { _id: claimIdOf(tenant, key) },
      { $setOnInsert: mine },
      { upsert: true, signal },
    );
    if (stored?.by === attempt) continue;
    if (stored === null || !(await takeTaken(context, tenant, key, stored, mine))) return false;
  }
  return true;
}

/** Gives back claims that a life held, or an attempt took. Never throws: what stays is free by itself in a while. */
export async function giveBack(
  context: MongoContext,
  tenant: string,
  keys: readonly string[],
  takers: { uid: { $in: string[] } } | { by: string },
): Promise<void> {
  if (keys.length === 0) return;
  try {
    const ids = keys.map((key) => claimIdOf(tenant, key));
    await context.collections.claims.deleteMany({ _id: { $in: ids }, ...takers });
  } catch (error) {
    context.logger.debug({ tenant, error: String(error) }, 'claims were left to be taken over');
  }
}

/** Finds who holds each of the claims; those that nobody live holds are absent. */
export async function findHolders(
  { collections }: MongoContext,
  tenant: string,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Claim>> {
  if (keys.length === 0) return new Map();
  const ids = keys.map((key) => claimIdOf(tenant, key));
  const claims = await collections.claims.find({ _id: { $in: ids } }, { signal });
  if (claims.length === 0) return new Map();
  const sessionIds = claims.map(({ sid }) => documentIdOf(tenant, sid));
  const sessions = await collections.sessions.find({ _id: { $in: sessionIds } }, { projection: HOLDER_FIELDS, signal });
  const byId = new Map(sessions.map((session) => [session._id, session]));
  const held = claims
    .map(({ _id, sid }) => ({ key: _id.slice(tenant.length + 1), sid, session: byId.get(documentIdOf(tenant, sid)) }))
    .flatMap(({ key, sid, session }) =>
      session !== undefined && isHolder(session, key) ? [{ key, sessionId: sid, uid: session.uid }] : [],
    );
  return new Map(held.map((claim) => [claim.key, claim]));
}

const HOLDER_FIELDS = { uid: 1, rev: 1, tomb: 1, holds: 1 };

type Holder = Pick<SessionDocument, 'uid' | 'rev' | 'tomb' | 'holds'>;

function takeTaken(
  context: MongoContext,
  tenant: string,
  key: string,
  stored: ClaimDocument,
  mine: Omit<ClaimDocument, '_id'>,
): Promise<boolean> {
  return stored.uid === mine.uid ? share(context, stored) : takeOver(context, tenant, key, stored, mine);
}

/** What another attempt of the same life took may be its claim by now, or become it: neither gives it back. */
async function share({ collections }: MongoContext, { _id, uid, by }: ClaimDocument): Promise<boolean> {
  if (by === WHICHEVER_COMES) return true;
  return (await collections.claims.findOneAndUpdate({ _id, uid, by }, { $set: { by: WHICHEVER_COMES } })) !== null;
}

async function takeOver(
  context: MongoContext,
  tenant: string,
  key: string,
  { _id, uid, sid, at }: ClaimDocument,
  mine: Omit<ClaimDocument, '_id'>,
): Promise<boolean> {
  const { sessions, claims } = context.collections;
  const holder = await sessions.findOne({ _id: documentIdOf(tenant, sid) }, { projection: HOLDER_FIELDS });
  if (holder !== null && isHolder(holder, key)) return holder.uid === mine.uid;
  const isBuried = holder?.uid === uid && holder.tomb === true;
  const isShared = !isBuried && sid === mine.sid;
  if (!isBuried && !isShared) {
    if (at > context.now() - UNDERWAY_MS) return false;
    if (!(await fenceClaimant(context, tenant, { uid, sid }, holder))) return false;
  }
  const $set = isShared ? { ...mine, uid: WHICHEVER_COMES, by: WHICHEVER_COMES } : mine;
  const taken = await claims.findOneAndUpdate({ _id, uid, at }, { $set, $unset: { gcAt: '' } });
  return taken !== null;
}

/** A claim is a session's: the life that its document has says whether it holds it. */
function isHolder({ tomb, holds = [] }: Holder, key: string): boolean {
  return tomb !== true && holds.includes(key);
}

function claimIdOf(tenant: string, key: string): string {
  return `${tenant}/${key}`;
}
