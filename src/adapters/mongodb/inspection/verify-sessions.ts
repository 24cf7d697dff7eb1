import { SessionError } from '../../../model/session-error.ts';
import type { Finding } from '../../../ports/store.ts';
import type { MongoContext } from '../context.ts';
import type { MessageFields, SessionDocument } from '../database/documents.ts';
import { readBodies } from '../messages/bodies.ts';
import { checkMessage } from '../messages/message-codec.ts';
import { MovedOn, readFields } from '../messages/message-pages.ts';
import { isStub, lastOf } from '../messages/tail.ts';
import { decodeActivity, decodeDetails, decodeSummaries } from '../sessions/part-codec.ts';

/** What operators do about what is lost. */
export const RESTORE = 'restore the database from a backup; `threadkeep export` saves what can still be read';

/** Events are logged by any instance once they are 5 s old; these were not, although there was time. */
const LEFT_BEHIND_MS = 60_000;

/** How often a session is read again because it was moved on meanwhile. */
const ATTEMPTS_MAX = 5;

const WHOLE = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: Number.MAX_SAFE_INTEGER } as const;

/** Reads every session with its parts and messages, each against its checksum, and looks for what its outbox still holds. */
export async function* verifySessions(
  context: MongoContext,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<Finding> {
  const { sessions } = context.collections;
  const total = await sessions.count({});
  let seen = 0;
  for await (const { _id } of sessions.scan({}, { projection: { _id: 1 }, signal })) {
    signal?.throwIfAborted();
    for await (const what of faultsOf(context, _id, signal)) yield { what: `session ${_id}: ${what}`, remedy: RESTORE };
    yield* leftBehind(context, _id, await sessions.findOne({ _id }, { projection: { outbox: 1 }, signal }));
    seen += 1;
    onProgress(Math.min(1, seen / Math.max(total, 1)));
  }
}

function* leftBehind(
  { now }: MongoContext,
  name: string,
  document: Pick<SessionDocument, 'outbox'> | null,
): Generator<Finding> {
  const oldest = document?.outbox?.[0];
  if (oldest === undefined || oldest.at >= now() - LEFT_BEHIND_MS) return;
  yield {
    what: `session ${name}: events of ${new Date(oldest.at).toISOString()} are not in the log`,
    remedy: 'start an instance of the service: it logs them within seconds; if it does not, its log says why',
  };
}

/** Yields what is wrong with a session, each in a phrase. */
async function* faultsOf(context: MongoContext, _id: string, signal?: AbortSignal): AsyncGenerator<string> {
  for (let attempt = 1; ; attempt++) {
    const document = await context.collections.sessions.findOne({ _id, tomb: { $exists: false } }, { signal });
    if (document === null) return;
    const faults: string[] = [];
    try {
      faults.push(...tailFaults(document), ...(await partFaults(context, document, signal)));
      for await (const fields of readFields({ context, document, signal }, WHOLE)) {
        faults.push(...(await faultsIn(() => checkFields(context, document.uid, fields, signal))));
      }
    } catch (error) {
      if (!(error instanceof MovedOn)) faults.push(faultFrom(error));
      else if (attempt < ATTEMPTS_MAX) continue;
      else faults.push(`message ${error.sequence} is missing`);
    }
    yield* faults;
    return;
  }
}

/** The tail goes on without a hole up to the last sequence. */
function* tailFaults({ tail, seq, moved, floor = 0 }: SessionDocument): Generator<string> {
  let expected = tail[0]?.n ?? Math.max(moved, floor) + 1;
  if (expected > Math.max(moved, floor) + 1) yield `messages ${moved + 1} to ${expected - 1} lie nowhere`;
  for (const entry of tail) {
    if (entry.n !== expected) yield `message ${expected} is missing in the tail`;
    expected = lastOf(entry) + 1;
  }
  if (expected !== seq + 1) yield `its messages end at ${expected - 1} instead of ${seq}`;
  if (tail.some((entry) => isStub(entry) && lastOf(entry) < entry.n)) yield 'a stub in the tail stands for nothing';
}

async function partFaults(context: MongoContext, document: SessionDocument, signal?: AbortSignal): Promise<string[]> {
  const { uid, details, summaries, state } = document;
  const found = await Promise.all([
    faultsIn(() => decodeDetails(context, uid, details, signal)),
    faultsIn(() => decodeSummaries(context, uid, summaries, signal)),
    faultsIn(() => decodeActivity(context, document, signal)),
    faultsIn(async () => JSON.parse(state)),
  ]);
  return found.flat();
}

async function checkFields(context: MongoContext, uid: string, fields: MessageFields, signal?: AbortSignal) {
  checkMessage(uid, fields);
  if (fields.ref !== undefined) await readBodies(context, uid, [fields.ref], signal);
}

/** Answers what a check found broken; what keeps from checking passes. */
async function faultsIn(check: () => Promise<unknown>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    return [faultFrom(error)];
  }
}

function faultFrom(error: unknown): string {
  if (error instanceof SessionError && error.reason !== 'STORE_CORRUPT') throw error;
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof SessionError) return error.message;
  throw error;
}
