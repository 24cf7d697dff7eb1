import type { Basis, Changes, Claim } from '../basis.ts';
import type { StoredMessage } from '../message.ts';
import { RECORDED_SHOWN } from './request-memory.ts';

/** Returns the basis that a commit of the changes leaves: what the next call of the same group is decided on. */
export function applyChanges(basis: Basis, changes: Changes): Basis {
  const { header } = changes;
  const isSameLife = basis.header?.uid === header.uid && !header.isTombstone;
  const kept = isSameLife ? basis : blankBasis(basis);
  return {
    tenant: basis.tenant,
    sessionId: basis.sessionId,
    header,
    details: changes.details ?? kept.details,
    state: changes.state ?? kept.state,
    summaries: changes.summaries ?? kept.summaries,
    activity: changes.activity ?? kept.activity,
    recorded: recordedAfter(kept, changes),
    oldestRecorded: oldestAfter(kept, changes),
    toolCalls: new Map([...kept.toolCalls, ...changes.toolCalls.map((call) => [call.callId, call] as const)]),
    claims: claimsAfter(basis, changes),
    ...(kept.newest === undefined ? {} : { newest: newestAfter(kept.newest, changes) }),
    ...(kept.known === undefined ? {} : { known: kept.known }),
  };
}

/** Nothing that hung on another life of the id is seen again. */
function blankBasis({ tenant, sessionId, claims }: Basis): Basis {
  return { tenant, sessionId, header: null, recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims };
}

function recordedAfter(basis: Basis, { recorded, forgetThrough }: Changes): Basis['recorded'] {
  const kept = [...basis.recorded].filter(([, { number }]) => number > forgetThrough);
  return new Map([...kept, ...recorded.map((call) => [call.digest, call] as const)]);
}

/** The oldest stay a run without holes: a later one is shown only when all between are. */
function oldestAfter(basis: Basis, { recorded, forgetThrough, header }: Changes): Basis['oldestRecorded'] {
  const { first, next } = header.requestIds;
  const shown = basis.oldestRecorded.filter(({ number }) => number > forgetThrough && number < next);
  for (const { number, keepUntil } of recorded) {
    if (number === first + shown.length && shown.length < RECORDED_SHOWN) shown.push({ number, keepUntil });
  }
  return shown;
}

/** Messages that were made exact show it, and the appended ones follow without a hole. */
function newestAfter(newest: readonly StoredMessage[], { messages, tokenCounts }: Changes): StoredMessage[] {
  const exact = new Map(tokenCounts.map(({ sequence, tokenCount }) => [sequence, tokenCount]));
  const kept = newest.map((message) => {
    const tokenCount = exact.get(message.sequence);
    return tokenCount === undefined ? message : { ...message, tokenCount, isTokenCountExact: true };
  });
  return [...kept, ...messages.map(({ terms, ...stored }) => stored)];
}

function claimsAfter(basis: Basis, { claims, released, header }: Changes): Basis['claims'] {
  const after = new Map(basis.claims);
  for (const key of released) if (after.get(key)?.uid === basis.header?.uid) after.delete(key);
  for (const key of claims) after.set(key, claimOf(key, header.sessionId, header.uid));
  return after;
}

function claimOf(key: string, sessionId: string, uid: string): Claim {
  return { key, sessionId, uid };
}
