import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { composeEngine } from '../compose.ts';
import { encodeConversation } from '../model/chat-completions/conversation-line.ts';
import type { JsonObject } from '../model/json.ts';
import type { Message } from '../model/message.ts';
import type { Caller } from '../operations/caller.ts';
import type { Engine } from '../operations/engine/engine.ts';
import { type ExportInput, exportConversations } from '../operations/export.ts';
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
  try {
    const lines = conversationLines(engine, caller, inputOf(invocation));
    const count = path === '-' ? await writeAll(lines, terminal.stdout) : await writeFile(lines, path);
    writeLine(terminal.stderr, `${count} conversations exported`);
    return 0;
  } finally {
    unsubscribe();
    await close();
  }
}

function inputOf(invocation: Invocation): ExportInput {
  return {
    userId: textOption(invocation, 'user') ?? '',
    agentId: textOption(invocation, 'agent') ?? '',
    sessionIds: [],
    createdAfter: null,
    createdBefore: null,
  };
}

async function* conversationLines(engine: Engine, caller: Caller, input: ExportInput): AsyncGenerator<string> {
  let messages: Message[] = [];
  let begun: { id: string; metadata: JsonObject } = { id: '', metadata: {} };
  for await (const piece of exportConversations(engine, caller, input)) {
    if (piece.session !== null) {
      begun = { id: piece.session.sessionId, metadata: piece.session.metadata };
      messages = [];
    }
    messages.push(...piece.messages.map(({ body }) => engine.codec.decode(body)));
    if (!piece.more) yield encodeConversation({ ...begun, messages });
  }
}

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
