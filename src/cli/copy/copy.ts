import { existsSync } from 'node:fs';
import { composeBareStore } from '../../compose/compose-store.ts';
import type { Configuration } from '../../config/settings.ts';
import { formatStoreAddress, SQLITE_MEMORY, type StoreAddress } from '../../config/store-address.ts';
import type { Store } from '../../ports/store.ts';
import { messageCodec } from '../../rpc/message-codec.ts';
import { type Command, type Invocation, textOption, UsageError } from '../command.ts';
import { showProgress } from '../progress.ts';
import { addressOption } from '../store-operand.ts';
import { onFirstStop, writeLine } from '../terminal.ts';
import { carryTime } from './carry-time.ts';
import { CopyRun, type CopyTally } from './copy-run.ts';
import { refuseInUse } from './refuse-in-use.ts';

/** `threadkeep copy`: carries everything from one store to another, whatever their kinds. */
export const copyCommand: Command = {
  name: 'copy',
  summary: 'Copies all sessions from one store to another.',
  usage: '--from STORE --to STORE [options]',
  description:
    'Copies every session with its messages (hidden ones too), summaries, state, metadata, labels, deadlines, keys, ' +
    'remembered request ids and tool calls, deleted ids as long as they are remembered, what agents reported, and ' +
    'outages; then compares both stores by count and hash. Not carried over: the event log, so that watchers begin anew ' +
    '(their tokens are foreign to the other store), and page tokens. The services of both stores must be stopped. ' +
    'Sessions that are there already stay as they are, and are refused where they differ: run it again to go on after ' +
    'an interruption. The exit code is 1 when anything was refused.',
  options: [
    { name: 'from', placeholder: 'store', effect: 'What is copied: sqlite:PATH or mongodb://…' },
    { name: 'to', placeholder: 'store', effect: 'Where it is copied to; a SQLite file is made where it is missing.' },
    {
      name: 'tenants',
      placeholder: 'names',
      effect:
        'Tenants, separated by commas, beside those of the API keys and `default`. Needed only where the command says so.',
    },
  ],
  settingGroups: ['Store'],
  operands: { min: 0, max: 0 },
  run: copy,
};

async function copy(invocation: Invocation): Promise<number> {
  const { loaded, terminal } = invocation;
  const [from, to] = [addressOption(invocation, 'from'), addressOption(invocation, 'to')];
  refuseAddresses(from, to);
  const { configuration } = loaded;
  const source = await openForCopy(configuration, from);
  try {
    const target = await openForCopy(configuration, to);
    const stop = new AbortController();
    const unsubscribe = onFirstStop(terminal, () => stop.abort());
    try {
      return await copyAll({ invocation, source, target, signal: stop.signal });
    } finally {
      unsubscribe();
      await target.close();
    }
  } finally {
    await source.close();
  }
}

interface Copying {
  invocation: Invocation;
  source: Store;
  target: Store;
  signal: AbortSignal;
}

async function copyAll({ invocation, source, target, signal }: Copying): Promise<number> {
  const { terminal } = invocation;
  await refuseInUse(source);
  await refuseInUse(target);
  await finishAll(source);
  const total = await countSessions(source);
  const progress = showProgress(terminal, { total: 2 * total, things: 'sessions' });
  let done = 0;
  const run = new CopyRun({
    source,
    target,
    codec: messageCodec,
    tenants: tenantsOf(invocation),
    signal,
    onRefusal: ({ tenant, sessionId }, reason) => progress.tell(`${tenant}/${sessionId} ${reason}`),
    onProgress: (count) => progress.update({ done: done + count, count }),
  });
  try {
    await run.copy();
    done = total;
    await finishAll(target);
    if (signal.aborted) return stopped(run.tally, terminal.stderr);
    const unreached = await run.countUnreached();
    if (unreached > 0) run.tally.refused += unreached;
    const verified = await run.verify();
    if (signal.aborted) return stopped(run.tally, terminal.stderr);
    await carryTime(source, target);
    progress.stop();
    writeLine(terminal.stdout, countsOf(run.tally));
    tellGaps(run.tally, unreached, invocation);
    const { sessions, messages, hash } = verified;
    writeLine(terminal.stdout, `the same on both sides: ${sessions} sessions, ${messages} messages, sha256 ${hash}`);
    return run.tally.refused > 0 ? 1 : 0;
  } finally {
    progress.stop();
  }
}

function countsOf({ copied, unchanged, tombstones, agents, refused }: CopyTally): string {
  const rest = `${unchanged} there already, ${refused} refused`;
  return `sessions: ${copied} copied, ${rest}; deleted ids: ${tombstones}, agents: ${agents}`;
}

function tellGaps({ forgetful }: CopyTally, unreached: number, { terminal }: Invocation): void {
  if (forgetful > 0) {
    writeLine(
      terminal.stderr,
      `of ${forgetful} sessions only the newest request ids and tool calls were carried over: a repeated call of older ones would count again`,
    );
  }
  if (unreached > 0) {
    const remedy = 'name them with --tenants and run this again';
    writeLine(terminal.stderr, `${unreached} sessions belong to tenants that are not known here: ${remedy}`);
  }
}

function stopped({ copied, unchanged }: CopyTally, stderr: NodeJS.WritableStream): number {
  stderr.write(`Stopped after ${copied + unchanged} sessions: run the same command again to go on.\n`);
  return 1;
}

/** Sessions of any status, of all tenants. */
async function countSessions({ statistics }: Store): Promise<number> {
  const census = await statistics.census();
  return census.reduce((sum, { sessionCount }) => sum + sessionCount, 0);
}

async function finishAll(store: Store): Promise<void> {
  while ((await store.finishCommits()) > 0);
}

function tenantsOf(invocation: Invocation): string[] {
  const named = (textOption(invocation, 'tenants') ?? '').split(',').filter((name) => name !== '');
  return ['default', ...invocation.loaded.configuration.apiKeys.map(({ tenant }) => tenant), ...named];
}

/** Nobody waits for one operation of a copy: a busy server may take its time. */
const PATIENCE_MS = 20_000;

async function openForCopy(configuration: Configuration, store: StoreAddress): Promise<Store> {
  const storeTimeoutMs = Math.max(configuration.storeTimeoutMs, PATIENCE_MS);
  const opened = await composeBareStore({ ...configuration, store, storeTimeoutMs });
  try {
    await opened.check();
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function refuseAddresses(from: StoreAddress, to: StoreAddress): void {
  for (const address of [from, to]) {
    if (address.adapter === 'memory' || (address.adapter === 'sqlite' && address.path === SQLITE_MEMORY)) {
      throw new UsageError(`${formatStoreAddress(address)} is gone with this command: name a file or a database`);
    }
  }
  if (from.adapter === 'sqlite' && !existsSync(from.path)) {
    throw new UsageError(`--from=${formatStoreAddress(from)}: ${from.path} is not there: name a store`);
  }
  if (formatStoreAddress(from) === formatStoreAddress(to)) {
    throw new UsageError('--from and --to are the same store: name two');
  }
}
