import type { SessionHeader } from '../../../model/session.ts';
import type { Update } from '../database/database.ts';

/** Returns the update of a slide: whatever is later stays, and `rev` is left alone. */
export function slideUpdate({ lastAccessAt, dueAt, deadlines }: SessionHeader): Update {
  const { dormantAt, expireAt, warnAt } = deadlines;
  return {
    $max: {
      lastAt: lastAccessAt,
      dormantAt,
      ...(expireAt !== null && { expireAt }),
      ...(warnAt !== null && { warnAt }),
      ...(dueAt !== null && { dueAt }),
    },
  };
}
