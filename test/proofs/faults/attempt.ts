import { setTimeout as wait } from 'node:timers/promises';
import { type CallOptions, type Client, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import type { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { History } from './history.ts';
import type { Instance } from './instance.ts';

/** Attempt is what came of a call: its answer, a refusal of its condition, or nothing that tells what it did. */
type Attempt<Answer> =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'refused'; currentVersion: number }
  | { kind: 'unanswered' };

/** The deadline that calls bring, in ms. */
const DEADLINE_MS = 4000;

/** After these the same request is sent again. */
const AGAIN = ['STORE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'STORE_CONTENDED', 'OVERLOADED', 'DRAINING'];

/** Calls an instance once. The deadline is the service's to keep: this side waits longer, and notes who lets it. */
export async function attempt<Answer>(
  { instance, history, deadlineMs = DEADLINE_MS }: { instance: Instance; history: History; deadlineMs?: number },
  call: (client: Client<typeof SessionService>, options: CallOptions) => Promise<Answer>,
): Promise<Attempt<Answer>> {
  const { kills } = instance;
  const sentAtMs = performance.now();
  const leave = AbortSignal.timeout(deadlineMs + history.lateByMs);
  try {
    const answer = await call(instance.client, { headers: { 'grpc-timeout': `${deadlineMs}m` }, signal: leave });
    return { kind: 'answered', answer };
  } catch (error) {
    if (leave.aborted) history.violations.push(`${instance.name} let a call of ${deadlineMs} ms hang`);
    else if (instance.kills === kills && !isBetweenLives(instance)) return judgeError(error, instance, history);
    return { kind: 'unanswered' };
  } finally {
    history.slowestMs = Math.max(history.slowestMs, performance.now() - sentAtMs);
  }
}

/** Calls an instance until it answers, if only with a refusal; throws where it does not within a minute. */
export async function insist<Answer>(
  to: { instance: Instance; history: History },
  call: (client: Client<typeof SessionService>, options: CallOptions) => Promise<Answer>,
): Promise<Exclude<Attempt<Answer>, { kind: 'unanswered' }>> {
  const giveUpAtMs = performance.now() + 60_000;
  while (performance.now() < giveUpAtMs) {
    const attempted = await attempt(to, call);
    if (attempted.kind !== 'unanswered') return attempted;
    await wait(100);
  }
  throw new Error(`instance ${to.instance.name} never answers`);
}

/** Sends up to four times, to any instance, as the published retry policy says (proto/service-config.json). */
export async function repeat(
  instances: readonly Instance[],
  random: SeededRandom,
  send: (instance: Instance) => Promise<boolean>,
): Promise<void> {
  for (const backoffMs of [0, 100, 400, 1600]) {
    if (backoffMs > 0) await wait(random.integer(backoffMs));
    if (await send(random.pick(instances))) return;
  }
}

/** Kills are counted once when a process ends and once when the next one is there. */
function isBetweenLives({ kills }: Instance): boolean {
  return kills % 2 === 1;
}

function judgeError(error: unknown, { name }: Instance, { violations }: History): Attempt<never> {
  if (!(error instanceof ConnectError)) throw error;
  const { reason = 'no reason', metadata = {} } = error.findDetails(ErrorInfoSchema)[0] ?? {};
  if (reason === 'VERSION_MISMATCH') return { kind: 'refused', currentVersion: Number(metadata.current_version) };
  if (!AGAIN.includes(reason)) violations.push(`${name} answered ${reason}: ${error.message}`);
  if (reason === 'STORE_UNAVAILABLE' && error.findDetails(RetryInfoSchema).length === 0)
    violations.push(`${name} answered ${reason} without RetryInfo`);
  return { kind: 'unanswered' };
}
