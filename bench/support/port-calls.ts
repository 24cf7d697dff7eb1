import { randomBytes } from 'node:crypto';
import type { Call } from '../../src/model/call.ts';
import { decide } from '../../src/model/decide/decide.ts';
import { needsOf } from '../../src/model/decide/needs.ts';
import { runIdFrom, UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../../src/model/ids.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../src/model/limits.ts';
import { digestRequestId } from '../../src/model/request-digest.ts';
import { termsOf } from '../../src/model/search/terms.ts';
import type { Store } from '../../src/ports/store.ts';

const tenant = 'default';
const settings = { limits: DEFAULT_LIMITS, terms: DEFAULT_TERMS_POLICY };

/** Appends one message as the engine does: load, decide, commit. */
export async function appendAtPort(store: Store, sessionId: string, text: string): Promise<void> {
  const call = appendCall(text);
  const basis = await store.sessions.load(tenant, sessionId, needsOf(call));
  const time = { now: Date.now(), uncertaintyMs: 0, outages: [] };
  const { changes, events } = decide(basis, call, time, settings);
  if (changes === null) throw new Error('the append was refused');
  const outcome = await store.sessions.commit(basis, changes, events);
  if (outcome !== 'committed') throw new Error(`the append came to ${outcome}`);
}

/** Reads what BuildContext reads: the header and the newest messages. */
export async function contextAtPort(store: Store, sessionId: string, limit: number): Promise<void> {
  const { header } = await store.sessions.load(tenant, sessionId, { summaries: true });
  if (header === null) throw new Error(`${sessionId} is absent`);
  const range = { afterSequence: 0, beforeSequence: 0, from: 'newest', limit } as const;
  const messages = await store.messages.read(tenant, header.uid, range);
  if (messages.length !== limit) throw new Error(`read ${messages.length} messages`);
}

function appendCall(text: string): Call {
  return {
    kind: 'append',
    fresh: { uid: uidFrom(randomBytes(UNIQUE_ID_RANDOM_BYTES)), runId: runIdFrom(randomBytes(UNIQUE_ID_RANDOM_BYTES)) },
    request: { digest: digestRequestId(randomBytes(16).toString('hex')), content: 'content', isServerMade: true },
    messages: [
      {
        role: 'USER',
        messageId: '',
        turnId: '',
        sentAt: null,
        tokenCount: 92,
        isTokenCountExact: false,
        hasFiles: false,
        terms: termsOf(text),
        toolCalls: [],
        toolResults: [],
        body: new TextEncoder().encode(text),
      },
    ],
    state: { set: {}, remove: [] },
    startIfMissing: null,
    cut: null,
    isImport: false,
  };
}
