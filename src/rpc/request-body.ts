/** RequestBody collects the pieces of a request. */
export class RequestBody {
  #pieces: Uint8Array[] = [];
  /** How many bytes have come. */
  size = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.size += piece.byteLength;
  }

  /** Returns all that has come as one piece, and lets go of it: an answer may take long. */
  take(): Uint8Array {
    const whole = this.#join();
    this.#pieces = [];
    return whole;
  }

  /** Returns at least the first `count` bytes, or what there is of them. */
  head(count: number): Uint8Array {
    const [first] = this.#pieces;
    return first !== undefined && first.byteLength >= count ? first : this.#join();
  }

  #join(): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces, this.size)];
    return this.#pieces[0]!;
  }
}
