import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';

/** What a client can act on in an error; absent details are absent. */
export interface ErrorFacts {
  code: string;
  reason: string;
  domain: string;
  message: string;
  metadata: Record<string, string>;
  fields: string[];
  retryAfterMs?: number;
  resource?: { type: string; name: string };
}

/** Reads an error as clients do; throws it where it is none of ours. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof ConnectError)) throw error;
  const [info, ...more] = error.findDetails(ErrorInfoSchema);
  if (info === undefined || more.length > 0) throw new Error(`not one ErrorInfo: ${error.message}`, { cause: error });
  const [retry] = error.findDetails(RetryInfoSchema);
  const [resource] = error.findDetails(ResourceInfoSchema);
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return {
    code: Code[error.code],
    reason: info.reason,
    domain: info.domain,
    message: error.rawMessage,
    metadata: { ...info.metadata },
    fields: violations.map(({ field }) => field),
    ...(retry === undefined
      ? {}
      : { retryAfterMs: Number(retry.retryDelay?.seconds ?? 0n) * 1000 + (retry.retryDelay?.nanos ?? 0) / 1e6 }),
    ...(resource === undefined ? {} : { resource: { type: resource.resourceType, name: resource.resourceName } }),
  };
}

/** Waits for a call to fail and reads its error. */
export async function failureOf(call: Promise<unknown>): Promise<ErrorFacts> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in answer) return errorFacts(answer.error);
  throw new Error('the call was answered, not refused');
}
