import { changesWith } from '../../../model/basis.ts';
import { dueAtOf } from '../../../model/deadlines.ts';
import { absentHeader } from '../../../model/decide/absent-header.ts';
import type { MongoContext } from '../context.ts';
import type { ClaimDocument, SessionDocument } from '../database/documents.ts';
import { DuplicateKey } from '../database/errors.ts';
import { placeMessages } from '../messages/staging.ts';
import { firstDocument } from './life-update.ts';
import { documentIdOf } from './session-codec.ts';

/**
 * Keeps the commit that took a claim from being made, however late it comes: it would live under the key beside whoever
 * takes the claim over. `stored` is its session as it was read, null where there is none. False = it was faster.
 */
export async function fenceClaimant(
  context: MongoContext,
  tenant: string,
  { uid, sid }: Pick<ClaimDocument, 'uid' | 'sid'>,
  stored: Pick<SessionDocument, 'uid' | 'rev'> | null,
): Promise<boolean> {
  const { sessions } = context.collections;
  if (stored !== null) {
    const filter = { _id: documentIdOf(tenant, sid), uid: stored.uid, rev: stored.rev };
    return (await sessions.findOneAndUpdate(filter, { $inc: { rev: 1 } }, { projection: { _id: 1 } })) !== null;
  }
  try {
    await sessions.insertOne(await tombstone(context, tenant, sid, uid));
    return true;
  } catch (error) {
    if (error instanceof DuplicateKey) return false;
    throw error;
  }
}

/** Returns the document of a session that never was: its first commit finds its place taken. */
async function tombstone(
  context: MongoContext,
  tenant: string,
  sessionId: string,
  uid: string,
): Promise<SessionDocument> {
  const at = context.now();
  const buried = { ...absentHeader(tenant, sessionId), uid, rev: 1, endedAt: at };
  const changes = changesWith({ ...buried, dueAt: dueAtOf(buried) });
  const placement = await placeMessages(context, changes);
  const nothing = { recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims: new Map() };
  const basis = { tenant, sessionId, header: null, ...nothing };
  return firstDocument({ basis, changes, parts: {}, placement, tools: [], outbox: [], at });
}
