/** How many are remembered: the oldest are forgotten first. */
const REMEMBERED_MAX = 20_000;

/**
 * KnownUids remembers in which document a session's uid lies, as learnt from loads and commits: reads of messages know the
 * uid alone. A uid that is not known is looked up by its index; one that is known never changes its document.
 */
export class KnownUids {
  readonly #documentIds = new Map<string, string>();

  learn(uid: string, documentId: string): void {
    if (this.#documentIds.has(uid)) return;
    if (this.#documentIds.size >= REMEMBERED_MAX) this.#forgetOldest();
    this.#documentIds.set(uid, documentId);
  }

  /** Returns the `_id` of the session's document; undefined where it was not learnt. */
  documentIdOf(uid: string): string | undefined {
    return this.#documentIds.get(uid);
  }

  #forgetOldest(): void {
    for (const uid of this.#documentIds.keys()) {
      this.#documentIds.delete(uid);
      return;
    }
  }
}
