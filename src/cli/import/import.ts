import { createReadStream, statSync } from 'node:fs';
import { composeEngine } from '../../compose.ts';
import { duration, ValueFault } from '../../config/kind.ts';
import type { SessionSpec, TermsRequest } from '../../model/call.ts';
import { NEVER_MS } from '../../model/limits.ts';
import { type Command, type Invocation, textOption, UsageError } from '../command.ts';
import { type Progress, showProgress } from '../progress.ts';
import { TENANT_OPTION, tenantOption } from '../tenant-option.ts';
import { onFirstStop, type Terminal, writeLine } from '../terminal.ts';
import { ImportRun } from './import-run.ts';
import { readLines } from './read-lines.ts';

const LINE_BYTES_MAX = 64 * 1024 * 1024;
const STANDARD_INPUT = '-';

/** `threadkeep import`: stores conversations of JSON Lines files. */
export const importCommand: Command = {
  name: 'import',
  summary: 'Stores conversations from files in chat-completions form.',
  usage: '[options] FILE…',
  description:
    'Reads one conversation a line, {"id": …, "messages": [{"role": …, "content": …, "tool_calls": …}], …}; other keys ' +
    'become metadata; FILE - is standard input. Each conversation is stored whole or not at all. A conversation that is ' +
    'stored already stays as it is, the rest of a longer one is appended, a different one is refused: run it again to go ' +
    'on after an interruption. What is refused is named with its line, and the rest goes on; the exit code is then 1. ' +
    'The service that uses the store must be stopped.',
  options: [
    TENANT_OPTION,
    { name: 'user', placeholder: 'id', effect: 'User of the sessions. Default: none.' },
    { name: 'agent', placeholder: 'id', effect: 'Agent of the sessions. Default: none.' },
    {
      name: 'ttl',
      placeholder: 'duration',
      effect: 'Life of the sessions: 30d for one, or never. Default: that of the settings.',
    },
  ],
  settingGroups: ['Store'],
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  run: importFiles,
};

async function importFiles(invocation: Invocation): Promise<number> {
  const { loaded, operands, terminal } = invocation;
  const tenant = tenantOption(invocation);
  const spec = specOf(invocation);
  const bytesTotal = bytesOf(operands);
  const { engine, close } = await composeEngine({ ...loaded.configuration, logLevel: 'error' });
  const stop = new AbortController();
  const unsubscribe = onFirstStop(terminal, () => stop.abort());
  const progress = showProgress(terminal, { total: bytesTotal, things: 'conversations' });
  try {
    const onRefusal = (place: string, reason: string) => progress.tell(`${place}: ${reason}`);
    // What is in flight at a stop is still stored: only the reading ends.
    const caller = { tenant, signal: new AbortController().signal };
    const run = new ImportRun({ engine, caller, spec, onRefusal });
    await readAll(operands, { run, progress, terminal, signal: stop.signal });
    progress.stop();
    return report(run, stop.signal.aborted, terminal);
  } finally {
    progress.stop();
    unsubscribe();
    await close();
  }
}

interface Reading {
  run: ImportRun;
  progress: Progress;
  terminal: Terminal;
  signal: AbortSignal;
}

async function readAll(paths: readonly string[], { run, progress, terminal, signal }: Reading): Promise<void> {
  let bytesBefore = 0;
  for (const path of paths) {
    let bytesRead = 0;
    for await (const line of readLines(open(path, terminal), LINE_BYTES_MAX)) {
      if (signal.aborted) break;
      const place = `${path === STANDARD_INPUT ? 'standard input' : path}:${line.number}`;
      if ('fault' in line) run.refuse(place, line.fault);
      else await run.take(place, line.text);
      bytesRead = line.bytesRead;
      progress.update({ done: bytesBefore + bytesRead, count: run.done });
    }
    bytesBefore += bytesRead;
  }
  await run.finish();
  progress.update({ done: bytesBefore, count: run.done });
}

function open(path: string, { stdin }: Terminal): AsyncIterable<Uint8Array> {
  return path === STANDARD_INPUT ? stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
}

function report({ tally }: ImportRun, isStopped: boolean, { stdout, stderr }: Terminal): number {
  const { imported, appended, unchanged, refused, messages } = tally;
  const counts = `${imported} imported, ${appended} appended to, ${unchanged} unchanged, ${refused} refused`;
  writeLine(stdout, `conversations: ${counts}; messages stored: ${messages}`);
  if (isStopped) writeLine(stderr, 'Stopped before the end: run the same command again to go on.');
  return refused > 0 || isStopped ? 1 : 0;
}

function specOf(invocation: Invocation): SessionSpec {
  return {
    userId: textOption(invocation, 'user') ?? '',
    agentId: textOption(invocation, 'agent') ?? '',
    channel: '',
    conversationKey: '',
    title: '',
    labels: {},
    metadata: {},
    state: {},
    terms: termsOf(textOption(invocation, 'ttl')),
    model: '',
    tokenLimit: 0,
    ifExists: 'FAIL',
  };
}

function termsOf(ttl: string | undefined): TermsRequest {
  if (ttl === undefined) return {};
  try {
    const ttlMs = duration({ min: 1, max: NEVER_MS }, { never: true }).parse(ttl);
    return ttlMs === NEVER_MS ? { neverExpires: true } : { ttlMs };
  } catch (error) {
    if (error instanceof ValueFault) throw new UsageError(`--ttl=${JSON.stringify(ttl)}: ${error.message}`);
    throw error;
  }
}

/** Returns the size of all files together, 0 where it is not known; throws UsageError for those that cannot be read. */
function bytesOf(paths: readonly string[]): number {
  const missing: string[] = [];
  let bytes = 0;
  for (const path of paths.filter((each) => each !== STANDARD_INPUT)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) missing.push(`${path} is no file that can be read`);
    else bytes += found.size;
  }
  if (missing.length > 0) throw new UsageError(missing.join('\n'));
  return paths.includes(STANDARD_INPUT) ? 0 : bytes;
}
