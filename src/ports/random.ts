/** Random makes what must not be guessed. */
export interface Random {
  /** Returns that many random bytes. */
  bytes(count: number): Uint8Array;
}
