import type { Finding } from '../../../ports/store.ts';
import type { MongoContext } from '../context.ts';
import { compareIndexes } from '../schema/schema.ts';
import { verifyChildren } from './verify-children.ts';
import { verifyLogs } from './verify-logs.ts';
import { verifySessions } from './verify-sessions.ts';

/** Stage looks at one part of the store and yields what is broken; `onProgress` gets a share from 0 to 1. */
type Stage = (
  context: MongoContext,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
) => AsyncIterable<Finding>;

const STAGES: readonly Stage[] = [verifySchema, verifySessions, verifyChildren, verifyLogs];

/** Reads everything and yields what is broken. What is written meanwhile may or may not be seen, but is never a fault. */
export async function* verify(
  context: MongoContext,
  onProgress: (share: number) => void = () => {},
  signal?: AbortSignal,
): AsyncGenerator<Finding> {
  for (const [place, stage] of STAGES.entries()) {
    signal?.throwIfAborted();
    yield* stage(context, (share) => onProgress((place + share) / STAGES.length), signal);
    onProgress((place + 1) / STAGES.length);
  }
}

async function* verifySchema(context: MongoContext): AsyncGenerator<Finding> {
  const { missing, obsolete } = await compareIndexes(context);
  for (const name of missing) yield { what: `index ${name} is missing`, remedy: 'run `threadkeep migrate`' };
  for (const name of obsolete) yield { what: `index ${name} is not used any more`, remedy: 'run `threadkeep migrate`' };
}
