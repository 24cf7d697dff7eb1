import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { limitExceeded } from '../model/checks/refusals.ts';
import { assembleContext, type Context, type ContextHead } from '../model/context/assemble-context.ts';
import type { ContextReport } from '../model/context/context-report.ts';
import { modelWindow } from '../model/context/model-window.ts';
import type { ContextFormat } from '../model/context/render/render-context.ts';
import type { RepairedMessage } from '../model/context/repair-tool-calls.ts';
import { contextSummaries } from '../model/context/summary-cover.ts';
import type { Message, StoredMessage } from '../model/message.ts';
import type { SessionHeader } from '../model/session.ts';
import { SessionError } from '../model/session-error.ts';
import type { Summary } from '../model/summary.ts';
import type { Caller } from './caller.ts';
import { keepCounts } from './count-messages.ts';
import type { ReadSession } from './engine/access-session.ts';
import type { Engine } from './engine/engine.ts';
import { readSession } from './engine/read-session.ts';
import { type ContextMaterial, readContext } from './read-context.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { withoutFileBytes } from './without-file-bytes.ts';

/** Tokens that a context may hold where neither the caller nor the session nor its model says. */
const TOKEN_LIMIT_DEFAULT = 4000;

/** ContextStrategy is how the messages of a context are chosen. */
type ContextStrategy = 'RECENT';

/** BuildContextInput asks for what to send to a model next. */
export interface BuildContextInput {
  sessionId: string;
  minVersion: number;
  /** Tokens; 0 = the session's, else its model's window, else 4,000. Halved until the answer is within its bytes. */
  tokenLimit: number;
  /** 0 = no bound. */
  maxMessages: number;
  format: ContextFormat;
  strategy: ContextStrategy;
  /** Empty = none. */
  systemPrompt: string;
  omitSummaries: boolean;
  /** False = inline files are answered without their bytes. */
  includeFiles: boolean;
  /** The tag of the context that the caller has; empty = none. */
  ifTagNot: string;
  /** True = no access. */
  peek: boolean;
}

/** BuildContextAnswer is a context; where it is the one of `ifTagNot`, its messages, summaries and rendered form are empty. */
export interface BuildContextAnswer {
  head: SessionHead;
  /** In the order in which providers take them; what a repair put in has sequence 0. */
  messages: StoredMessage[];
  summaries: readonly Summary[];
  rendered: string;
  tokenCount: number;
  /** The limit that held. */
  tokenLimit: number;
  tag: string;
  unchanged: boolean;
  prefixHash: string;
  report: ContextReport;
  /** The table that counted: `o200k` or `cl100k`. */
  tokenizer: string;
  tokensEstimated: boolean;
}

/** Builds what to send to a model next: pinned messages, summaries, and the newest messages that fit. */
export async function buildContext(
  engine: Engine,
  caller: Caller,
  input: BuildContextInput,
): Promise<BuildContextAnswer> {
  checkInput(engine, input);
  const view = { summaries: true, newest: true };
  return readSession(engine, caller, { ...input, view }, (read) => contextOf(engine, caller, input, read));
}

async function contextOf(
  engine: Engine,
  caller: Caller,
  input: BuildContextInput,
  read: ReadSession,
): Promise<BuildContextAnswer> {
  const { header } = read;
  const { systemPrompt } = input;
  const systemPromptTokens = await engine.tokenizer.count(systemPrompt, header.model, caller.signal);
  const summaries = input.omitSummaries ? [] : contextSummaries(read.basis.summaries ?? []);
  const head = { systemPrompt, systemPromptTokens, summaries };
  const { context, content, tokenLimit } = await answerableContext(engine, caller, { input, read, head });
  return {
    head: headOf(read, engine.time()),
    ...content,
    ...countsOf(engine, header, context, tokenLimit),
  };
}

interface ContextRequest {
  input: BuildContextInput;
  read: ReadSession;
  head: Omit<ContextHead, 'pinned'>;
}

/** Halves the token limit until the answer is within its bytes; each limit cuts on a grid of its own, so that the context's start stays. */
async function answerableContext(engine: Engine, caller: Caller, request: ContextRequest) {
  const { input, read } = request;
  const bytesMax = engine.settings.limits.answerBytesMax;
  let bytes = 0;
  for (let tokenLimit = tokenLimitOf(input, read.header); ; ) {
    const { context, material } = await contextWithin(engine, caller, request, tokenLimit).catch((fault: unknown) => {
      throw bytes > 0 && isTokenLimitTooSmall(fault) ? tooLarge(bytes, bytesMax) : fault;
    });
    const content = contentOf(engine, context, material, input);
    bytes = contentBytes(content);
    if (bytes <= bytesMax) return { context, content, tokenLimit };
    do tokenLimit = Math.floor(tokenLimit / 2);
    while (tokenLimit >= context.tokenCount);
  }
}

async function contextWithin(
  engine: Engine,
  caller: Caller,
  { input, read: { header, basis }, head }: ContextRequest,
  tokenLimit: number,
): Promise<{ context: Context; material: ContextMaterial }> {
  const options = { ...input, tokenLimit };
  const material = await readContext(engine, caller, { ...options, header, basis, head });
  keepCounts(engine, header, material.loaded);
  const session = { ...header, totalTokens: material.totalTokens };
  const context = assembleContext({ ...head, pinned: material.pinned }, material.window, options, session);
  return { context, material };
}

function isTokenLimitTooSmall(fault: unknown): boolean {
  return fault instanceof SessionError && fault.reason === 'TOKEN_LIMIT_TOO_SMALL';
}

function tooLarge(value: number, max: number): SessionError {
  return new SessionError(
    'LIMIT_EXCEEDED',
    `the answer comes to ${value} of at most ${max} answer_bytes by what leads it, its summaries and its newest turn; send omit_summaries, or max_messages to shorten the turn`,
    { field: 'max_messages', metadata: { limit: 'answer_bytes', value: String(value), max: String(max) } },
  );
}

function checkInput({ settings: { limits } }: Engine, input: BuildContextInput): void {
  checkSessionId('session_id', input.sessionId);
  checkNumber('min_version', input.minVersion);
  checkNumber('token_limit', input.tokenLimit);
  checkNumber('max_messages', input.maxMessages);
  const value = Buffer.byteLength(input.systemPrompt);
  const max = limits.messageBytesMax;
  if (value > max) throw limitExceeded('system_prompt', { name: 'system_prompt_bytes', value, max });
}

function tokenLimitOf({ tokenLimit }: BuildContextInput, header: SessionHeader): number {
  return tokenLimit || header.tokenLimit || modelWindow(header.model) || TOKEN_LIMIT_DEFAULT;
}

function contentOf(engine: Engine, context: Context, material: ContextMaterial, input: BuildContextInput) {
  const unchanged = context.tag === input.ifTagNot;
  if (unchanged) return { messages: [], summaries: [], rendered: '', unchanged };
  const messages = context.messages.map((repaired) => storedForm(engine, repaired, material));
  const shown = input.includeFiles ? messages : messages.map((message) => withoutFileBytes(engine.codec, message));
  return { messages: shown, summaries: context.summaries, rendered: context.rendered, unchanged };
}

function contentBytes({ messages, summaries, rendered }: ReturnType<typeof contentOf>): number {
  const messageBytes = messages.reduce((sum, { body }) => sum + body.byteLength + FIXED_BYTES, 0);
  const summaryBytes = summaries.reduce((sum, { text }) => sum + Buffer.byteLength(text) + FIXED_BYTES, 0);
  return messageBytes + summaryBytes + Buffer.byteLength(rendered);
}

/** What the service sets on a message or a summary takes so much of an answer, at most. */
const FIXED_BYTES = 160;

/** Returns a message of the context as if it had been stored, with its exact count. */
function storedForm(
  engine: Engine,
  { sequence, message, isChanged }: RepairedMessage,
  material: ContextMaterial,
): StoredMessage {
  const original = material.stored.get(sequence) ?? standIn(engine, message);
  const tokenCount = material.tokenCounts.get(sequence) ?? original.tokenCount;
  const whole = { ...original, tokenCount, isTokenCountExact: true };
  return isChanged ? { ...whole, role: message.role, body: engine.codec.encode(message) } : whole;
}

/** What a repair put in was never stored. */
function standIn(engine: Engine, { role, messageId, turnId, sentAt, tokenCount }: Message): StoredMessage {
  const stored = { sequence: 0, role, messageId, turnId, sentAt, tokenCount, createdAt: engine.time().now };
  return { ...stored, runId: '', isTokenCountExact: true, hasFiles: false, startsTurn: false, body: new Uint8Array() };
}

function countsOf(engine: Engine, { model }: SessionHeader, context: Context, tokenLimit: number) {
  const { tokenCount, tag, prefixHash, report } = context;
  const { name, isExact } = engine.tokenizer.methodFor(model);
  return { tokenCount, tokenLimit, tag, prefixHash, report, tokenizer: name, tokensEstimated: !isExact };
}
