/** How many keys are remembered. */
const KEYS_MAX = 10_000;

/** RecentKeys remembers under which conversation keys sessions were seen lately: a hint where a Start looks first. */
export class RecentKeys {
  readonly #keys = new Set<string>();

  /** Remembers a tenant's key as the latest; the oldest is forgotten. */
  add(tenant: string, key: string): void {
    const entry = `${tenant}/${key}`;
    this.#keys.delete(entry);
    this.#keys.add(entry);
    if (this.#keys.size > KEYS_MAX) this.#keys.delete(this.#keys.values().next().value as string);
  }

  has(tenant: string, key: string): boolean {
    return this.#keys.has(`${tenant}/${key}`);
  }
}
