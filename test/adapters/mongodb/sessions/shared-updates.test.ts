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

  test('two go by themselves at once; what comes meanwhile goes together when one of them is done', async () => {
    const { commands, send } = desk();
    const answers = ['a', 'b', 'c', 'd', 'e'].map(send);
    expect(sent(commands)).toEqual(['a', 'b']);
    commands[0]!.end(1);
    expect(await answers[0]).toBe(SEEN);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent(commands)).toEqual(['a', 'b', 'c d e']);
    commands[2]!.end(3);
    expect(await Promise.all(answers.slice(2))).toEqual([FORESEEN, FORESEEN, FORESEEN]);
  });

  test('a command has at most 64', async () => {
    const { commands, send } = desk();
    for (let n = 1; n <= 2 + 65; n++) void send(`${n}`);
    commands[0]!.end(1);
    commands[1]!.end(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(commands.slice(2).map(({ sessionIds }) => sessionIds.length)).toEqual([64, 1]);
  });

  test.each([0, 2])('where %i of three were made each outcome is unknown', async (made) => {
    const { commands, send } = desk();
    const answers = ['a', 'b', 'c', 'd', 'e'].map(send);
    commands[0]!.end(1);
    await vi.advanceTimersByTimeAsync(0);
    commands[2]!.end(made);
    const settled = await Promise.allSettled(answers.slice(2));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    for (const { reason } of settled as PromiseRejectedResult[]) expect(reason).toBeInstanceOf(OutcomeUnknown);
  });

  test('a command that fails takes nobody along who waits for it', async () => {
    const { commands, send } = desk();
    const [first, , third] = ['a', 'b', 'c'].map(send);
    commands[0]!.fail(new OutcomeUnknown('lost'));
    await expect(first).rejects.toThrow('lost');
    commands[2]!.end(1);
    expect(await third).toBe(SEEN);
  });

  test('a command that is not answered holds others up for 250 ms', async () => {
    const { commands, send } = desk();
    const answers = ['a', 'b', 'c', 'd'].map(send);
    await vi.advanceTimersByTimeAsync(249);
    expect(sent(commands)).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent(commands)).toEqual(['a', 'b', 'c d']);
    commands[0]!.end(1);
    commands[2]!.end(2);
    expect(await Promise.all([answers[0], answers[2], answers[3]])).toEqual([SEEN, FORESEEN, FORESEEN]);
    void send('e');
    void send('f');
    expect(sent(commands)).toEqual(['a', 'b', 'c d', 'e', 'f']);
  });
});

function sent(commands: readonly Command[]): string[] {
  return commands.map(({ sessionIds }) => sessionIds.join(' '));
}

function desk() {
  const commands: Command[] = [];
  const issue = <Answer>(sessionIds: string[], answerOf: (made: number) => Answer) =>
    new Promise<Answer>((resolve, reject) => {
      commands.push({ sessionIds, end: (made) => resolve(answerOf(made)), fail: reject });
    });
  const idOf = (documentId: unknown) => String(documentId).split('/')[1] as string;
  const sessions = {
    updateEach: (updates: readonly FilteredUpdate[]) =>
      issue(
        updates.map(({ filter }) => idOf(filter._id)),
        (made) => made,
      ),
  };
  const shared = new SharedUpdates(sessions as unknown as Documents<SessionDocument>, ({ basis }) =>
    issue([basis.sessionId], () => SEEN),
  );
  return { commands, send: (sessionId: string) => shared.update(plainWrite({ sessionId }), FORESEEN) };
}
