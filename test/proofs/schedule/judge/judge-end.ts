import type { StoredMessage } from '../../../../src/model/message.ts';
import { textsOf } from '../../../support/test-engine.ts';
import { TENANT } from '../client.ts';
import type { CallRecord } from '../history.ts';
import { textFrom } from '../planned-call.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type { SessionState, Truth } from '../truth.ts';
import { isAnswered } from './judge-calls.ts';

/** Judges what is left when all has settled: each message once, whole batches, nothing acknowledged lost. */
export async function judgeEnd(
  instance: ServiceInstance,
  records: readonly CallRecord[],
  truth: Truth,
): Promise<string[]> {
  const violations: string[] = [];
  for (const sessionId of truth.timelines.keys()) {
    const state = truth.latestOf(sessionId);
    if (!state.isThere) continue;
    const messages = await readAll(instance, state);
    violations.push(...judgeMessages(sessionId, state, messages, records));
    violations.push(...(await judgeActivity(instance, sessionId, state, records, truth)));
  }
  return violations;
}

async function readAll({ store }: ServiceInstance, { uid, base }: SessionState): Promise<StoredMessage[]> {
  const span = { beforeSequence: 0, from: 'oldest', limit: 100_000 } as const;
  return store.messages.read(TENANT, uid, { ...span, afterSequence: base });
}

function judgeMessages(
  sessionId: string,
  { base, floor, sequence: last }: SessionState,
  messages: readonly StoredMessage[],
  records: readonly CallRecord[],
): string[] {
  const violations: string[] = [];
  const first = Math.max(base, floor) + 1;
  for (const [place, { sequence }] of messages.entries()) {
    if (sequence !== first + place) return [`${sessionId} has message ${sequence} in place of ${first + place}`];
  }
  if (messages.length !== Math.max(0, last - first + 1))
    return [`${sessionId} has ${messages.length} messages from ${first}, but its last sequence is ${last}`];
  const texts = textsOf(messages).map(textFrom);
  const places = new Map(texts.map((text, place) => [text, first + place]));
  if (places.size !== texts.length) violations.push(`${sessionId} holds a message twice: ${texts.join(' ')}`);
  for (const { call, number } of records) {
    if (call.kind !== 'append' || call.sessionId !== sessionId) continue;
    const found = call.texts.map((text) => places.get(text));
    const isGone = found.every((place) => place === undefined);
    const isWhole = found.every((place, index) => place !== undefined && place === (found[0] as number) + index);
    if (!isGone && !isWhole) violations.push(`of call ${number} only a part is in ${sessionId}: ${found.map(String)}`);
  }
  for (const record of records.filter(isAnswered)) {
    const { call, number } = record;
    if (call.kind !== 'append' || call.sessionId !== sessionId) continue;
    for (const [place, sequence] of (record.outcome.answer.appended ?? []).entries()) {
      const text = call.texts[place] as string;
      if (sequence >= first && places.get(text) !== sequence)
        violations.push(`call ${number} appended ${text} as ${sequence}, which lies at ${places.get(text)}`);
    }
  }
  return violations;
}

/** A tool call is counted once, however often it is reported. */
async function judgeActivity(
  { store }: ServiceInstance,
  sessionId: string,
  { uid, generation }: SessionState,
  records: readonly CallRecord[],
  truth: Truth,
): Promise<string[]> {
  const isOf = (state: SessionState) => state.uid === uid && state.generation === generation;
  const born = truth.statesOf(sessionId).find(isOf)?.since.step ?? 0;
  const reports = records.filter(({ call }) => call.kind === 'activity' && call.sessionId === sessionId);
  const idsOf = (some: readonly CallRecord[]) =>
    new Set(some.map(({ call }) => (call.kind === 'activity' ? call.callId : '')));
  const least = idsOf(reports.filter((report) => isAnswered(report) && report.firstSent.step > born)).size;
  const most = idsOf(reports).size;
  const { header } = await store.sessions.load(TENANT, sessionId, {});
  const counted = header?.counters.toolCallCount ?? 0;
  return counted < least || counted > most
    ? [`${sessionId} counts ${counted} tool calls, not ${least} to ${most}`]
    : [];
}
