import type { Skippable } from '../require.ts';

/** ServerMissing says why a server that tests need cannot be had here, and what to do about it. */
export class ServerMissing extends Error {
  override readonly name = 'ServerMissing';
}

/**
 * Returns the server that a test asks for, or skips the test and prints why it cannot be had.
 * Under THREADKEEP_REQUIRE_ALL=1 a missing server fails the test instead.
 */
export async function requireServer<Server>(context: Skippable, ask: () => Promise<Server>): Promise<Server> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ServerMissing) || process.env.THREADKEEP_REQUIRE_ALL === '1') throw error;
    return context.skip(error.message);
  }
}
