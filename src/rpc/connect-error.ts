import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { durationFromMs } from './convert/duration.ts';
import { ERROR_TABLE } from './error-table.ts';
import type { Fault } from './fault.ts';

/** The domain of every ErrorInfo. */
const ERROR_DOMAIN = 'threadkeep.dev';

/** DescribeError puts what was thrown, and the fault that it was found to be, into the form that travels. */
export type DescribeError = (fault: Fault, thrown: unknown) => ConnectError;

/** Puts a fault into the form that travels: a code and a sentence, with details to act on. */
export function connectErrorFrom(fault: Fault): ConnectError {
  return new ConnectError(fault.message, ERROR_TABLE[fault.reason].code, undefined, detailsOf(fault), fault.cause);
}

/** Returns an error in the form that travels; what has none is no caller's business. */
export function toldError(error: unknown): ConnectError {
  return error instanceof ConnectError ? error : new ConnectError('internal error', Code.Internal);
}

/**
 * Gives an error that was thrown outside of a handler the form that travels, in place: the transport library answers
 * the very object that it threw, and knows a ConnectError by its properties.
 */
export function describeInPlace(error: Error, described: ConnectError): void {
  Object.assign(error, {
    name: described.name,
    code: described.code,
    message: described.message,
    rawMessage: described.rawMessage,
    metadata: described.metadata,
    details: described.details,
    cause: error.cause,
  });
}

interface Detail {
  desc: DescMessage;
  value: Record<string, unknown>;
}

function detailsOf({ reason, message, field, metadata, retryAfterMs, resource }: Fault): Detail[] {
  const details = [detail(ErrorInfoSchema, { reason, domain: ERROR_DOMAIN, metadata })];
  if (field !== undefined) {
    details.push(detail(BadRequestSchema, { fieldViolations: [{ field, description: message, reason }] }));
  }
  if (retryAfterMs !== undefined) details.push(detail(RetryInfoSchema, { retryDelay: durationFromMs(retryAfterMs) }));
  if (resource !== undefined) {
    details.push(
      detail(ResourceInfoSchema, { resourceType: resource.type, resourceName: resource.name, description: message }),
    );
  }
  return details;
}

function detail<Desc extends DescMessage>(desc: Desc, value: MessageInitShape<Desc>): Detail {
  return { desc, value: value as Record<string, unknown> };
}
