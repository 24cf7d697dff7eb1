import { ManualClock } from '../../support/manual-clock.ts';
import { openCachedMongoAt } from '../../support/open-cached-mongo.ts';
import { type CommandTap, startCommandTap } from '../../support/servers/command-tap.ts';
import { mongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { ServerMissing } from '../../support/servers/server-missing.ts';
import { onlyHostOf, viaPort } from '../../support/servers/via-port.ts';
import { openTestEngine, type TestEngine } from '../../support/test-engine.ts';

/** TappedEngine is an engine on a MongoDB whose round trips are read off the wire; it does nothing on its own. */
export interface TappedEngine extends TestEngine {
  /** Makes a call and answers the commands that were sent before it was answered: `find sessions` … */
  commandsOf(call: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

/** Returns the server that a tap can stand in front of; throws ServerMissing. */
export async function tappableServer() {
  const server = await mongoServer();
  const host = onlyHostOf(server.url);
  if (host === null)
    throw new ServerMissing('MONGODB_URI names no single host without TLS, which a tap could listen to');
  return { server, host };
}

/** Opens an engine with a manual clock on an empty database behind a tap. */
export async function openTappedEngine(seed: number): Promise<TappedEngine> {
  const { server, host } = await tappableServer();
  const scratch = new ScratchDatabases(server);
  const name = scratch.next();
  const tap: CommandTap = await startCommandTap(host);
  const clock = new ManualClock();
  clock.advance(20_000);
  const store = await openCachedMongoAt(viaPort(server.urlOf(name), tap.port), clock);
  const opened = await openTestEngine({ store, clock, seed, settings: { uncertaintyMs: 0 } });
  return {
    ...opened,
    commandsOf: async (call) => {
      tap.take(name);
      await call();
      const commands = tap.take(name).filter(({ isFollowing }) => !isFollowing);
      return commands.map((command) => `${command.name} ${command.target}`);
    },
    close: async () => {
      await opened.engine.close();
      await store.close();
      await tap.close();
      await scratch.close();
    },
  };
}
