import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Documents, FilteredUpdate } from '../../../../src/adapters/mongodb/database/database.ts';
import type { SessionDocument } from '../../../../src/adapters/mongodb/database/documents.ts';
import { OutcomeUnknown } from '../../../../src/adapters/mongodb/database/errors.ts';
import { SharedUpdates } from '../../../../src/adapters/mongodb/sessions/shared-updates.ts';
import { plainWrite } from './plain-write.ts';

const SEEN = { moved: 1, tailBytes: 1 };
const FORESEEN = { moved: 0, tailBytes: 9 };

/** Command is what was sent: the sessions that it updates, and how it ends. */
interface Command {
  sessionIds: string[];
  end(made: number): void;
  fail(error: unknown): void;
}

describe('shared updates', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('who comes first goes alone; what comes meanwhile goes together when that is done', async () => {
    const { commands, send } = desk();
    const answers = ['a', 'b', 'c', 'd'].map((id) => send(id));
    expect(sent(commands)).toEqual(['a']);
    await endFirst(commands);
    expect(await answers[0]).toBe(SEEN);
    expect(sent(commands)).toEqual(['a', 'b c d']);
    commands[1]!.end(3);
    expect(await Promise.all(answers.slice(1))).toEqual([FORESEEN, FORESEEN, FORESEEN]);
  });

  test('a command has at most 64', async () => {
    const { commands, send } = desk();
    for (let n = 0; n <= 65; n++) void send(`${n}`);
    await endFirst(commands);
    commands[1]!.end(64);
    await vi.advanceTimersByTimeAsync(0);
    expect(commands.map(({ sessionIds }) => sessionIds.length)).toEqual([1, 64, 1]);
  });

  test('where not all were made, those are made alone whose documents are as before; the others are unknown', async () => {
    const { commands, documents, send } = desk();
    void send('a');
    const [untouched, written, successor, absent] = [send('c'), send('d'), send('e'), send('f')];
    documents.push({ _id: 'acme/c', uid: 'uid of c', rev: 1 });
    documents.push({ _id: 'acme/d', uid: 'uid of d', rev: 2 });
    documents.push({ _id: 'acme/e', uid: 'another life', rev: 1 });
    await endFirst(commands);
    commands[1]!.end(3);
    for (const unknown of [written, successor, absent]) await expect(unknown).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(sent(commands)).toEqual(['a', 'c d e f', 'c']);
    commands[2]!.end(1);
    expect(await untouched).toBe(SEEN);
  });

  test('where nobody can look each outcome is unknown', async () => {
    const { commands, sessions, send } = desk();
    void send('a');
    const others = [send('b'), send('c')];
    sessions.find = () => Promise.reject(new Error('away'));
    await endFirst(commands);
    commands[1]!.end(1);
    for (const unknown of others) await expect(unknown).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('a command that fails takes nobody along who waits for it', async () => {
    const { commands, send } = desk();
    const [first, second] = ['a', 'b'].map((id) => send(id));
    commands[0]!.fail(new OutcomeUnknown('lost'));
    await expect(first).rejects.toThrow('lost');
    await vi.advanceTimersByTimeAsync(0);
    commands[1]!.end(1);
    expect(await second).toBe(SEEN);
  });

  test('a command that is not answered holds others up for 250 ms', async () => {
    const { commands, send } = desk();
    const answers = ['a', 'b', 'c'].map((id) => send(id));
    await vi.advanceTimersByTimeAsync(249);
    expect(sent(commands)).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent(commands)).toEqual(['a', 'b c']);
    void send('d');
    await endFirst(commands);
    expect(sent(commands)).toEqual(['a', 'b c']);
    commands[1]!.end(2);
    expect(await Promise.all(answers)).toEqual([SEEN, FORESEEN, FORESEEN]);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent(commands)).toEqual(['a', 'b c', 'd']);
  });
});

function sent(commands: readonly Command[]): string[] {
  return commands.map(({ sessionIds }) => sessionIds.join(' '));
}

async function endFirst([first]: readonly Command[]): Promise<void> {
  first?.end(1);
  await vi.advanceTimersByTimeAsync(0);
}

function desk() {
  const commands: Command[] = [];
  const documents: object[] = [];
  const issue = <Answer>(sessionIds: string[], answerOf: (made: number) => Answer) =>
    new Promise<Answer>((resolve, reject) => {
      commands.push({ sessionIds, end: (made) => resolve(answerOf(made)), fail: reject });
    });
  const idOf = (documentId: unknown) => String(documentId).split('/')[1] as string;
  const sessions = {
    find: async () => documents,
    updateEach: (updates: readonly FilteredUpdate[]) =>
      issue(
        updates.map(({ filter }) => idOf(filter._id)),
        (made) => made,
      ),
  };
  const shared = new SharedUpdates(sessions as unknown as Documents<SessionDocument>, ({ basis }) =>
    issue([basis.sessionId], () => SEEN),
  );
  const send = (sessionId: string) => shared.update(plainWrite({ sessionId }), FORESEEN);
  return { commands, documents, sessions, send };
}
