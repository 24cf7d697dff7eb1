import type { DescMethod } from '@bufbuild/protobuf';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { oncePer } from '../model/once-per.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Call } from './call.ts';
import { ERROR_TABLE, type WireReason } from './error-table.ts';
import type { Fault } from './fault.ts';

/** Logs and counts a call that is over: never with contents, and with a cause only where the service is at fault. */
export function reportCall(call: Call, { logger, metrics }: { logger: Logger; metrics: Metrics }): void {
  const { fault, requestId, protocol } = call;
  const seconds = (performance.now() - call.startedMs) / 1000;
  const method = nameOf(call.method);
  const code = fault === null ? 'ok' : codeToString(ERROR_TABLE[fault.reason].code);
  metrics.count('threadkeep_rpc_calls_total', { method, code, reason: fault?.reason ?? '' });
  metrics.observe('threadkeep_rpc_duration_seconds', seconds, { method });
  const facts = {
    requestId,
    method,
    protocol,
    tenant: call.caller.tenant,
    code,
    durationMs: Math.round(seconds * 1e6) / 1e3,
  };
  if (fault === null) logger.debug(facts, 'call answered');
  else
    reportFault(
      logger,
      { ...facts, reason: fault.reason, ...(fault.field === undefined ? {} : { field: fault.field }) },
      fault,
    );
}

const nameOf = oncePer((method: DescMethod) => `${method.parent.typeName}/${method.name}`);

const serviceFaults: ReadonlySet<WireReason> = new Set(['INTERNAL', 'STORE_CORRUPT', 'STORE_UNAVAILABLE']);

function reportFault(logger: Logger, facts: Record<string, unknown>, fault: Fault): void {
  if (!serviceFaults.has(fault.reason)) logger.info(facts, 'call refused');
  else logger.error({ ...facts, message: fault.message, error: fault.cause }, 'call failed');
}
