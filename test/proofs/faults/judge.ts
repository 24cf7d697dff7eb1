import type { SeededRandom } from '../../support/seeded-random.ts';
import { insist } from './attempt.ts';
import { shownOf } from './calls.ts';
import type { History, Read, SessionHistory, Write } from './history.ts';
import type { Instance } from './instance.ts';

/** Holds the sessions that were written or read in a run against what was acknowledged; answers how many messages they have. */
export async function judgeSessions(
  instances: readonly Instance[],
  history: History,
  random: SeededRandom,
): Promise<number> {
  const open = history.sessions.filter(({ writes, reads }) => writes.length > 0 || reads.length > 0);
  let messages = 0;
  const worker = async () => {
    for (let session = open.shift(); session !== undefined; session = open.shift()) {
      const stored = await readStored(random.pick(instances), history, session);
      history.violations.push(...judgeSession(session, stored).map((fault) => `${session.sessionId} ${fault}`));
      session.reads.length = 0;
      messages += stored.texts.length;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return messages;
}

/** Stored is a session as it is when nobody writes. */
interface Stored {
  version: number;
  sequences: number[];
  texts: string[];
}

/** Tells which promises a session breaks. All its writes have been answered. */
function judgeSession(session: SessionHistory, stored: Stored): string[] {
  const writes = session.acknowledged().sort((one, other) => one.version - other.version);
  const faults: string[] = [];
  const hole = stored.sequences.findIndex((sequence, place) => sequence !== place + 1);
  if (hole >= 0) faults.push(`has number ${stored.sequences[hole]} in place ${hole + 1}`);
  if (new Set(stored.texts).size !== stored.texts.length) faults.push('holds a text twice');
  const ends = new Map([[1, 0]]);
  for (const [place, write] of writes.entries()) {
    faults.push(...judgeWrite(write, stored, place + 2, ends.get(place + 1) ?? 0));
    ends.set(write.version, write.firstSequence + write.texts.length - 1);
  }
  if (stored.version !== writes.length + 1)
    faults.push(`is at version ${stored.version} after ${writes.length} acknowledged writes`);
  if (stored.texts.length !== ends.get(writes.length + 1))
    faults.push(`holds ${stored.texts.length} messages, ${ends.get(writes.length + 1)} of them acknowledged`);
  return [...faults, ...session.reads.flatMap((read) => judgeRead(read, stored, ends))];
}

/** Each acknowledged write made the next version and took the next numbers: nobody else has won that version. */
function judgeWrite(write: Write, stored: Stored, version: number, lastBefore: number): string[] {
  const { requestId, expectedVersion, firstSequence, texts } = write;
  const faults: string[] = [];
  if (write.version !== version) faults.push(`answered version ${write.version} to ${requestId}, not ${version}`);
  if (expectedVersion > 0 && expectedVersion !== write.version - 1)
    faults.push(`accepted ${requestId}, which expects ${expectedVersion}, at ${write.version - 1}`);
  if (firstSequence !== lastBefore + 1) faults.push(`gave ${requestId} number ${firstSequence} after ${lastBefore}`);
  texts.forEach((text, offset) => {
    const kept = stored.texts[firstSequence - 1 + offset];
    if (kept !== text) faults.push(`acknowledged ${text} as ${firstSequence + offset}, where there is ${kept}`);
  });
  return faults;
}

/** What is shown belongs to the version that is answered. */
function judgeRead({ by, version, lastSequence, shown }: Read, stored: Stored, ends: Map<number, number>): string[] {
  const faults: string[] = [];
  if (lastSequence !== ends.get(version))
    faults.push(`was shown by ${by} to end at ${lastSequence}, but version ${version} ends at ${ends.get(version)}`);
  const first = lastSequence - shown.length + 1;
  const wrong = shown.findIndex(
    ({ sequence, text }, place) => sequence !== first + place || stored.texts[sequence - 1] !== text,
  );
  if (wrong >= 0) faults.push(`was shown by ${by} with ${shown[wrong]?.text} as ${shown[wrong]?.sequence}`);
  return faults;
}

async function readStored(
  instance: Instance,
  history: History,
  { sessionId, knownVersion }: SessionHistory,
): Promise<Stored> {
  const stored: Stored = { version: 0, sequences: [], texts: [] };
  for (let pageToken = ''; ; ) {
    const request = { sessionId, peek: true, minVersion: knownVersion, pageSize: 1000, pageToken };
    const attempted = await insist({ instance, history }, (client, call) => client.listMessages(request, call));
    // What is not at the version that was acknowledged will not be: it is judged by what is missing.
    if (attempted.kind === 'refused') return { ...stored, version: attempted.currentVersion };
    const page = attempted.answer;
    stored.version = page.head?.version ?? 0;
    for (const { sequence, text } of page.messages.map(shownOf)) {
      stored.sequences.push(sequence);
      stored.texts.push(text);
    }
    if (page.nextPageToken === '') return stored;
    pageToken = page.nextPageToken;
  }
}
