import assert from 'node:assert/strict';
import { type Client, Code, ConnectError } from '@connectrpc/connect';
import { type SessionEvent, SessionEventKind } from '../../../gen/threadkeep/v1/event_pb.ts';
import { SessionStatus } from '../../../gen/threadkeep/v1/session_pb.ts';
import type { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { WatchStart } from '../../../gen/threadkeep/v1/watch_pb.ts';
import type { Ledger, Write } from './ledger.ts';
import { isOver, send } from './load.ts';

type Sessions = Client<typeof SessionService>;

/** Sends every unanswered write again under its request id, as a client would after the service came back. */
export async function retryUnanswered(client: Sessions, ledger: Ledger): Promise<void> {
  for (const sessionId of ledger.sessionIds()) {
    for (const write of ledger.writesOf(sessionId)) {
      if (write.isAcknowledged) continue;
      await send(client, ledger, write).catch((error) => {
        if (!isOver(error) && !isNotFound(error)) throw error;
      });
    }
  }
}

/** Compares one session with what was sent and acknowledged; answers how many messages it holds. */
export async function auditSession(client: Sessions, ledger: Ledger, sessionId: string): Promise<number> {
  const writes = ledger.writesOf(sessionId);
  const stored = await readSession(client, sessionId);
  if (stored === null) {
    assert.ok(!writes.some(({ isAcknowledged }) => isAcknowledged), `${sessionId} is gone with acknowledged writes`);
    return 0;
  }
  stored.texts.forEach((_, index) => {
    assert.equal(stored.sequences[index], index + 1, `${sessionId} has a hole or a double before ${index + 1}`);
  });
  assert.equal(new Set(stored.texts).size, stored.texts.length, `${sessionId} holds a text twice`);
  const sent = new Set(writes.flatMap(({ texts }) => texts));
  for (const text of [...stored.texts, ...stored.summaries]) assert.ok(sent.has(text), `${text} was never sent`);
  for (const write of writes) if (write.isAcknowledged) auditWrite(write, stored);
  return stored.texts.length;
}

/** Reads the whole event log of the tenant, up to the event that ends the session `lastSessionId`. */
export async function readLog(client: Sessions, lastSessionId: string): Promise<SessionEvent[]> {
  const log: SessionEvent[] = [];
  // A generated client keeps its stream open when its loop is left: only a signal gives it back.
  const leave = new AbortController();
  const request = { start: { case: 'startPosition' as const, value: WatchStart.EARLIEST } };
  for await (const { event } of client.watchExpiry(request, { signal: leave.signal })) {
    if (event.case !== 'events') continue;
    log.push(...event.value.events);
    if (event.value.events.some(({ sessionId }) => sessionId === lastSessionId)) break;
  }
  leave.abort();
  return log;
}

/** Checks that a log rises, holds nothing twice, and ends each acknowledged session once. */
export function auditLog(log: readonly SessionEvent[], ended: readonly string[]): void {
  log.slice(1).forEach((event, index) => {
    assert.ok(event.sequence > (log[index] as SessionEvent).sequence, `event ${event.eventId} does not rise`);
  });
  assert.equal(new Set(log.map(({ eventId }) => eventId)).size, log.length, 'the log holds an event twice');
  const over = log.filter(({ kind }) => kind === SessionEventKind.ENDED || kind === SessionEventKind.EXPIRED);
  const counts = Map.groupBy(over, ({ sessionId }) => sessionId);
  for (const sessionId of ended) assert.equal(counts.get(sessionId)?.length, 1, `${sessionId} did not end once`);
}

type StoredSession = { status: SessionStatus; texts: string[]; sequences: number[]; summaries: string[] };

async function readSession(client: Sessions, sessionId: string): Promise<StoredSession | null> {
  const stored: StoredSession = { status: SessionStatus.UNSPECIFIED, texts: [], sequences: [], summaries: [] };
  try {
    for (let pageToken = ''; ; ) {
      const request = { sessionId, peek: true, includeSummaries: true, pageSize: 1000, pageToken };
      const page = await client.listMessages(request);
      stored.status = page.head?.status ?? SessionStatus.UNSPECIFIED;
      stored.summaries.push(...page.summaries.map(({ text }) => text));
      for (const { sequence, parts } of page.messages) {
        stored.sequences.push(sequence);
        stored.texts.push(parts[0]?.content.case === 'text' ? parts[0].content.value : '');
      }
      if (page.nextPageToken === '') return stored;
      pageToken = page.nextPageToken;
    }
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

function auditWrite(write: Write, stored: StoredSession): void {
  const { sessionId, kind, texts, firstSequence } = write;
  if (kind === 'end') {
    const isOverNow = stored.status === SessionStatus.ENDED || stored.status === SessionStatus.EXPIRED;
    assert.ok(isOverNow, `${sessionId} was ended and goes on`);
  }
  texts.forEach((text, offset) => {
    if (kind === 'summary') assert.ok(stored.summaries.includes(text), `${text} was acknowledged and is lost`);
    else assert.equal(stored.texts[(firstSequence ?? 0) - 1 + offset], text, `${text} was acknowledged and is lost`);
  });
}

function isNotFound(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.NotFound;
}
