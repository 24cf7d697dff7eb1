import type { Message } from '../../../gen/threadkeep/v1/message_pb.ts';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import type { SessionHead } from '../../../gen/threadkeep/v1/session_pb.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { attempt } from './attempt.ts';
import type { History, SessionHistory, Write } from './history.ts';
import type { Instance } from './instance.ts';

/** Sends a write to an instance and notes what it said; false = nothing that tells what it did. */
export async function sendWrite(
  history: History,
  write: Write,
  instance: Instance,
  deadlineMs?: number,
): Promise<boolean> {
  const { requestId, texts, expectedVersion, session } = write;
  const { sessionId, knownVersion } = session;
  const [message, ...more] = texts.map(messageOf);
  const options = { instance, history, ...(deadlineMs !== undefined && { deadlineMs }) };
  const request = { sessionId, requestId, expectedVersion };
  const attempted = await attempt(options, async (client, call) => {
    if (more.length > 0) {
      const answer = await client.addMessages({ ...request, messages: [message!, ...more] }, call);
      return { head: answer.head, sequences: answer.messages.map(({ sequence }) => sequence) };
    }
    const { head, sequence } = await client.addMessage({ ...request, message: message! }, call);
    return { head, sequences: [sequence] };
  });
  if (attempted.kind === 'refused') history.refuse(write, attempted.currentVersion, knownVersion);
  if (attempted.kind === 'answered') {
    const { head, sequences } = attempted.answer;
    history.acknowledge(write, {
      version: head?.version ?? 0,
      firstSequence: sequences[0] ?? 0,
      instance: instance.name,
      answeredAtMs: performance.now(),
    });
    if (sequences.length !== texts.length || sequences.some((sequence, place) => sequence !== sequences[0]! + place))
      history.violations.push(`${requestId} to ${sessionId} was given the numbers ${sequences}`);
  }
  return attempted.kind !== 'unanswered';
}

/** Reads the newest messages of a session, one time in three from a version on, and notes what was shown. */
export async function sendRead(
  history: History,
  session: SessionHistory,
  instance: Instance,
  random: SeededRandom,
): Promise<boolean> {
  const { sessionId } = session;
  const minVersion = random.integer(3) === 0 ? session.knownVersion : 0;
  const promised = Math.max(minVersion, session.promisedVersion(instance.name, performance.now()));
  const newest = 1 + random.integer(20);
  const peek = random.integer(2) === 0;
  const isList = random.integer(2) === 0;
  const attempted = await attempt({ instance, history }, (client, call): Promise<Shown> => {
    if (isList) return client.listMessages({ sessionId, minVersion, peek, last: newest }, call);
    return client.get({ sessionId, minVersion, peek, historyLimit: newest }, call);
  });
  if (attempted.kind === 'unanswered') return false;
  const by = `${isList ? 'ListMessages' : 'Get'} at instance ${instance.name}`;
  if (attempted.kind === 'refused') {
    history.violations.push(`${by} refused ${minVersion} of ${sessionId} at ${attempted.currentVersion}`);
    return true;
  }
  const { version = 0, lastSequence = 0 } = attempted.answer.head ?? {};
  if (version < promised)
    history.violations.push(`${by} answered ${sessionId} at ${version}, older than promised: ${promised}`);
  session.reads.push({ by, version, lastSequence, shown: attempted.answer.messages.map(shownOf) });
  history.readCount += 1;
  return true;
}

/** Returns the text of a message. */
export function shownOf({ sequence, parts }: Message): { sequence: number; text: string } {
  const content = parts[0]?.content;
  return { sequence, text: content?.case === 'text' ? content.value : '' };
}

type Shown = { head?: Pick<SessionHead, 'version' | 'lastSequence'> | undefined; messages: Message[] };

function messageOf(text: string) {
  return { role: Role.USER, parts: [{ content: { case: 'text' as const, value: text } }] };
}
