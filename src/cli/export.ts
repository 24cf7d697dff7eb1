import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { composeEngine } from '../compose.ts';
import { type ChatConversation, encodeConversation } from '../model/chat-completions/conversation-line.ts';
import { SessionError } from '../model/session-error.ts';
import type { Caller } from '../operations/caller.ts';
import type { Engine } from '../operations/engine/engine.ts';
import { exportConversations } from '../operations/export.ts';
import { type ListInput, list } from '../operations/list.ts';
import { type Command, type Invocation, textOption, UsageError } from './command.ts';
import { TENANT_OPTION, tenantOption } from './tenant-option.ts';
import { onFirstStop, writeLine } from './terminal.ts';

/** `threadkeep export`: writes conversations as JSON Lines. */
export const exportCommand: Command = {
  name: 'export',
  summary: 'Writes conversations to a file in chat-completions form.',
  usage: '[options] [FILE]',
  description:
    'Writes one conversation a line, the oldest first, in the form that `threadkeep import` reads: id, metadata and ' +
    'visible messages. Without FILE, or with -, to standard output. A file appears under its name once it is complete. ' +
    'What cannot be read is named and left out; the exit code is then 1. ' +
    'The service that uses the store must be stopped.',
  options: [
    TENANT_OPTION,
    { name: 'user', placeholder: 'id', effect: 'Only sessions of this user.' },
    { name: 'agent', placeholder: 'id', effect: 'Only sessions of this agent.' },
  ],
  settingGroups: ['Store'],
  operands: { min: 0, max: 1 },
  run: exportFile,
};

async function exportFile(invocation: Invocation): Promise<number> {
  const { loaded, operands, terminal } = invocation;
  const [path = '-'] = operands;
  const stop = new AbortController();
  const caller: Caller = { tenant: tenantOption(invocation), signal: stop.signal };
  const { engine, close } = await composeEngine({ ...loaded.configuration, logLevel: 'error' });
  const unsubscribe = onFirstStop(terminal, () => stop.abort(new UsageError('stopped before the end')));
  let broken = 0;
  const onBroken = (sessionId: string, reason: string) => {
    broken += 1;
    writeLine(terminal.stderr, `${sessionId} is left out: ${reason}`);
  };
  try {
    const filter = { userId: textOption(invocation, 'user') ?? '', agentId: textOption(invocation, 'agent') ?? '' };
    const lines = conversationLines({ engine, caller, filter, onBroken });
    const count = path === '-' ? await writeAll(lines, terminal.stdout) : await writeFile(lines, path);
    writeLine(terminal.stderr, `conversations: ${count} exported, ${broken} left out`);
    return broken > 0 ? 1 : 0;
  } finally {
    unsubscribe();
    await close();
  }
}

interface Exporting {
  engine: Engine;
  caller: Caller;
  filter: { userId: string; agentId: string };
  /** Told of each conversation that cannot be read. */
  onBroken(sessionId: string, reason: string): void;
}

/** Each conversation is asked for by itself, so that one that is broken takes no other with it. */
async function* conversationLines(exporting: Exporting): AsyncGenerator<string> {
  for await (const sessionId of sessionIds(exporting)) {
    try {
      yield await conversationLine(exporting, sessionId);
    } catch (error) {
      if (!(error instanceof SessionError) || error.reason !== 'STORE_CORRUPT') throw error;
      exporting.onBroken(sessionId, error.message);
    }
  }
}

async function* sessionIds({ engine, caller, filter }: Exporting): AsyncGenerator<string> {
  let pageToken = '';
  do {
    const page = await list(engine, caller, { ...EVERY_SESSION, ...filter, pageToken });
    for (const { sessionId } of page.sessions) yield sessionId;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

async function conversationLine({ engine, caller }: Exporting, sessionId: string): Promise<string> {
  const conversation: ChatConversation = { id: sessionId, messages: [], metadata: {} };
  for await (const { session, messages } of exportConversations(engine, caller, {
    ...ANYBODY,
    sessionIds: [sessionId],
  })) {
    if (session !== null) conversation.metadata = session.metadata;
    conversation.messages.push(...messages.map(({ body }) => engine.codec.decode(body)));
  }
  return encodeConversation(conversation);
}

const ANYBODY = { userId: '', agentId: '', createdAfter: null, createdBefore: null };

const EVERY_SESSION: ListInput = {
  ...ANYBODY,
  channel: '',
  conversationKey: '',
  statuses: ['ACTIVE', 'DORMANT', 'EXPIRED', 'ENDED'],
  labels: {},
  titleQuery: '',
  accessedAfter: null,
  accessedBefore: null,
  orderBy: 'create_time asc',
  pageSize: 100,
  pageToken: '',
};

async function writeFile(lines: AsyncIterable<string>, path: string): Promise<number> {
  const unfinished = `${path}.part`;
  const file = createWriteStream(unfinished);
  try {
    await once(file, 'open');
    const count = await writeAll(lines, file);
    file.end();
    await once(file, 'close');
    renameSync(unfinished, path);
    return count;
  } catch (error) {
    file.destroy();
    rmSync(unfinished, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`${path} cannot be written (${code}): name a file in a folder that this user may write to`);
  }
}

async function writeAll(lines: AsyncIterable<string>, to: Writable): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    if (!to.write(`${line}\n`)) await once(to, 'drain');
    count += 1;
  }
  return count;
}
