import type { CallConditions, RequestIdentity } from '../../model/call.ts';
import { checkNumber } from '../../model/checks/check-number.ts';
import { checkRequestId } from '../../model/checks/check-text.ts';
import { digestContent, digestRequestId } from '../../model/request-digest.ts';
import type { Engine } from './engine.ts';

/** Mutation is the part of a request that makes it safe to repeat and conditional. */
export interface Mutation {
  requestId: string;
  /** Absent where the call has none. */
  expectedVersion?: number;
}

/**
 * Returns the conditions of a call that is remembered: under the caller's request id and the content of the input, or
 * under an id that the server makes for its own retries.
 */
export function conditionsOf(engine: Engine, rpc: string, input: Mutation): CallConditions {
  const { requestId, expectedVersion = 0, ...content } = input;
  checkRequestId(requestId);
  checkNumber('expected_version', expectedVersion);
  const request = requestId === '' ? serverMade(engine) : callersOwn(requestId, rpc, { ...content, expectedVersion });
  return { fresh: engine.fresh(), request, expectedVersion };
}

function callersOwn(requestId: string, rpc: string, content: unknown): RequestIdentity {
  return { digest: digestRequestId(requestId), content: digestContent(rpc, content), isServerMade: false };
}

/** Nobody else's: no digest of a caller's request id is as short. */
function serverMade(engine: Engine): RequestIdentity {
  const digest = Buffer.from(engine.random.bytes(16)).toString('base64url');
  return { digest, content: '', isServerMade: true };
}
