import type { AppendTemplate } from './append-template.ts';
import { BareSessions } from './bare-sessions.ts';

// A process of its own that appends with the bare driver. Its arguments: connection string and template; its messages: how
// many callers, for how long.

/** Order asks for a run; BareRun is what came of it. */
export type Order = { callers: number; durationMs: number };
export type BareRun = { appends: number };

const [url = '', template = ''] = process.argv.slice(2);
const sessions = new BareSessions(url, JSON.parse(template) as AppendTemplate);

process.on('message', async ({ callers, durationMs }: Order) => {
  const endAt = performance.now() + durationMs;
  const counts = await Promise.all(Array.from({ length: callers }, (_, caller) => appendUntil(endAt, `${caller}`)));
  process.send?.({ appends: counts.reduce((sum, count) => sum + count, 0) } satisfies BareRun);
});
process.on('disconnect', () => void sessions.close());
await sessions.open();
process.send?.('ready');

async function appendUntil(endAt: number, name: string): Promise<number> {
  await sessions.start(name);
  let appends = 0;
  for (; performance.now() < endAt; appends++) await sessions.append(name);
  return appends;
}
