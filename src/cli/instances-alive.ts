import type { InstanceSighting } from '../ports/presence.ts';
import type { Store } from '../ports/store.ts';

/** The name under which a copy gives its sign of life; it serves nobody. */
export const COPY_INSTANCE = 'copy';

/** An instance that was not seen for so long has ended. */
export const ALIVE_MS = 25_000;

/** Returns the instances of the service that were alive at an instant of the store's clock. */
export async function instancesAlive({ presence }: Store, at: number): Promise<InstanceSighting[]> {
  const seen = await presence.instances(at - ALIVE_MS);
  return seen.filter(({ instanceId }) => instanceId !== COPY_INSTANCE);
}
