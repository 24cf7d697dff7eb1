/** RequestBody collects the pieces of a request. */
export class RequestBody {
  #pieces: Uint8Array[] = [];
  /** How many bytes have come. */
  size = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.size += piece.byteLength;
  }

  /** Returns what has come as one piece. */
  join(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!;
    const whole = Buffer.concat(this.#pieces, this.size);
    this.#pieces = [whole];
    return whole;
  }

  /** Returns at least the first `count` bytes, or what there is of them. */
  head(count: number): Uint8Array {
    const [first] = this.#pieces;
    return first !== undefined && first.byteLength >= count ? first : this.join();
  }
}
