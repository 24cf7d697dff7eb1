import { LRUCache } from 'lru-cache';

/** What a form takes in memory beside the texts of its body, about. */
const FIXED_BYTES = 1024;

/**
 * KeptForms remembers what bodies were decoded to, the latest used, while all of it takes no more than so many bytes, about.
 * A conversation's newest messages are decoded for each of its contexts, and their bodies are the same objects each time.
 * Forms are shared: nobody may change one.
 */
export class KeptForms<Form extends object> {
  readonly #forms: LRUCache<Uint8Array, Form>;

  constructor(bytesMax: number) {
    this.#forms = new LRUCache({ maxSize: bytesMax, maxEntrySize: bytesMax / 64 });
  }

  find(body: Uint8Array): Form | undefined {
    return this.#forms.get(body);
  }

  /** Keeps a form; returns it. */
  keep(body: Uint8Array, form: Form): Form {
    // Texts of two bytes a character, and the body itself, which lives as long.
    this.#forms.set(body, form, { size: FIXED_BYTES + 3 * body.byteLength });
    return form;
  }
}
