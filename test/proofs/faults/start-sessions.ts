import { insist } from './attempt.ts';
import type { History } from './history.ts';
import type { Instance } from './instance.ts';

const SHARED = 10;
const OTHERS = 200;

/** Starts 10 sessions that everybody writes to and 200 others, and turns the callers to them. */
export async function startSessions(instances: readonly Instance[], history: History, name: string): Promise<void> {
  const shared = Array.from({ length: SHARED }, (_, place) => `${name}-shared-${place}`);
  const others = Array.from({ length: OTHERS }, (_, place) => `${name}-${place}`);
  const [instance] = instances as [Instance];
  const open = [...shared, ...others];
  const worker = async () => {
    for (let sessionId = open.shift(); sessionId !== undefined; sessionId = open.shift()) await startSession(sessionId);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  history.turnTo(shared, others);

  async function startSession(sessionId: string): Promise<void> {
    const request = { sessionId, requestId: `start-${sessionId}` };
    await insist({ instance, history }, (client, call) => client.start(request, call));
  }
}
