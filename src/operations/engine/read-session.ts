import { isNotFound } from '../../model/decide/refusals.ts';
import type { Caller } from '../caller.ts';
import { accessSession, type ReadSession, type SessionRead } from './access-session.ts';
import type { Engine } from './engine.ts';

/**
 * Reads a session, and with it what the answer needs of its messages. Where those turn out to be gone, a cache may have
 * told of a life that is over while another has begun: it is all read once more from the store. Throws as accessSession.
 */
export async function readSession<Answer>(
  engine: Engine,
  caller: Caller,
  read: SessionRead,
  answer: (session: ReadSession) => Promise<Answer>,
): Promise<Answer> {
  const session = await accessSession(engine, caller, read);
  try {
    return await answer(session);
  } catch (fault) {
    if (session.basis.ageMs === undefined || !isNotFound(fault)) throw fault;
    return answer(await accessSession(engine, caller, { ...read, mustAskStore: true }));
  }
}
