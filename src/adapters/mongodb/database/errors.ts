/** OutcomeUnknown is thrown by a write that was sent and whose answer never came: it may have happened. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** DuplicateKey is thrown by an insert that a unique index refused; `keys` names the fields of that index. */
export class DuplicateKey extends Error {
  override readonly name = 'DuplicateKey';
  readonly keys: readonly string[];

  constructor(keys: readonly string[], options?: ErrorOptions) {
    super(`a document with the same ${keys.join(' and ')} is there already`, options);
    this.keys = keys;
  }
}
