/**
 * Later does something with things some turns of the event loop after they were added, with those of one turn together:
 * what a call needs only if it lasts is not worth its price for calls that are answered from memory.
 */
export class Later<Thing> {
  readonly #turns: number;
  readonly #act: (thing: Thing) => void;
  #added: Thing[] = [];

  constructor(turns: number, act: (thing: Thing) => void) {
    this.#turns = turns;
    this.#act = act;
  }

  add(thing: Thing): void {
    if (this.#added.push(thing) > 1) return;
    setImmediate(() => {
      const things = this.#added;
      this.#added = [];
      this.#wait(this.#turns - 1, things);
    });
  }

  #wait(turns: number, things: readonly Thing[]): void {
    if (turns > 0) setImmediate(() => this.#wait(turns - 1, things));
    else for (const thing of things) this.#act(thing);
  }
}
