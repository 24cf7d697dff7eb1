import type { Documents } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { OutcomeUnknown } from '../database/errors.ts';
import { commitFilter } from './commit-filter.ts';
import { commitUpdate } from './commit-update.ts';
import type { CommitWrite } from './commit-write.ts';
import type { TailFill } from './crowding.ts';
import { documentIdOf } from './session-codec.ts';

/** A command has so many updates at most. */
const UPDATES_MAX = 64;

/** A command holds others up for so long at most: a server that does not answer one may answer another. */
const HOLD_UP_MS = 250;

/** UpdateAlone makes one commit's update by a command of its own; null = the session is no longer what it was decided on. */
type UpdateAlone = (write: CommitWrite) => Promise<TailFill | null>;

interface Waiting {
  write: CommitWrite;
  foreseen: TailFill;
  resolve(filled: TailFill | null): void;
  reject(error: unknown): void;
}

/**
 * SharedUpdates makes the updates of many sessions by few commands: while one is under way, what comes goes together into
 * the next one, as most of an update's price is the command. The server only says how many were made; where that is not all
 * of them, the documents are looked at.
 */
export class SharedUpdates {
  readonly #sessions: Documents<SessionDocument>;
  readonly #updateAlone: UpdateAlone;
  readonly #waiting: Waiting[] = [];
  #isHeldUp = false;

  constructor(sessions: Documents<SessionDocument>, updateAlone: UpdateAlone) {
    this.#sessions = sessions;
    this.#updateAlone = updateAlone;
  }

  /** Makes an update of which `foreseen` is to be expected; answers and throws as UpdateAlone. */
  update(write: CommitWrite, foreseen: TailFill): Promise<TailFill | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, foreseen, resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    if (!this.#isHeldUp && this.#waiting.length > 0) void this.#run(this.#waiting.splice(0, UPDATES_MAX));
  }

  async #run(together: readonly Waiting[]): Promise<void> {
    this.#isHeldUp = true;
    let isHolding = true;
    const letOthersGo = () => {
      if (isHolding) this.#isHeldUp = false;
      isHolding = false;
      this.#send();
    };
    const timer = setTimeout(letOthersGo, HOLD_UP_MS);
    try {
      await this.#make(together);
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
    clearTimeout(timer);
    letOthersGo();
  }

  async #make(together: readonly Waiting[]): Promise<void> {
    const [first, ...others] = together as [Waiting, ...Waiting[]];
    if (others.length === 0) return first.resolve(await this.#updateAlone(first.write));
    const updates = together.map(({ write }) => ({ filter: commitFilter(write), update: commitUpdate(write) }));
    const made = await this.#sessions.updateEach(updates);
    if (made < together.length) return this.#sortOut(together);
    for (const { resolve, foreseen } of together) resolve(foreseen);
  }

  /** Looks which updates were not made, and makes them alone. What was made, and by whom, only who decided it can tell. */
  async #sortOut(together: readonly Waiting[]): Promise<void> {
    const documents = await this.#look(together);
    for (const { write, resolve, reject } of together) {
      const { header, tenant, sessionId } = write.basis;
      const document = documents.get(documentIdOf(tenant, sessionId));
      const isUntouched = document?.uid === header?.uid && document?.rev === header?.rev;
      if (isUntouched) this.#updateAlone(write).then(resolve, reject);
      else reject(new OutcomeUnknown('of the updates in one command some were not made'));
    }
  }

  async #look(together: readonly Waiting[]): Promise<Map<string, SessionDocument>> {
    const ids = together.map(({ write: { basis } }) => documentIdOf(basis.tenant, basis.sessionId));
    try {
      const projection = { uid: 1, rev: 1 };
      const found = await this.#sessions.find({ _id: { $in: ids } }, { projection });
      return new Map(found.map((document) => [document._id, document]));
    } catch (error) {
      throw new OutcomeUnknown('some updates were not made, and nobody can say which', { cause: error });
    }
  }
}
