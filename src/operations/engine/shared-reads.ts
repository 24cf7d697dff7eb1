/**
 * SharedReads makes one read of many equal ones. Who asks while a read is under way shares the next, which is sent after
 * all of them asked: an answer is never older than the question.
 */
export class SharedReads<Answer> {
  readonly #underWay = new Map<string, Read<Answer>>();

  /** Answers with a read of the key that is sent after this call. */
  read(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const current = this.#underWay.get(key);
    if (current === undefined) return this.#send(key, ask);
    const send = () => this.#send(key, ask);
    current.next ??= current.answer.then(send, send);
    return current.next;
  }

  #send(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const read: Read<Answer> = { answer: ask(), next: null };
    this.#underWay.set(key, read);
    const end = () => {
      if (read.next === null) this.#underWay.delete(key);
    };
    read.answer.then(end, end);
    return read.answer;
  }
}

type Read<Answer> = { answer: Promise<Answer>; next: Promise<Answer> | null };
