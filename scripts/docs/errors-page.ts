import { Code } from '@connectrpc/connect';
import { ERROR_TABLE, type ErrorEntry } from '../../src/rpc/error-table.ts';

/** Returns docs/errors.md, made from the table of reasons. */
export function errorsPage(): string {
  return [
    '# Errors',
    '',
    'Every error carries one `google.rpc.ErrorInfo` of the domain `threadkeep.dev`, whose `reason` is one of these. Act on',
    'the reason and its metadata, never on the message. `BadRequest` names the field at fault, `RetryInfo` says when to try',
    'again, `ResourceInfo` what the error is about, where they fit. Retry UNAVAILABLE, and RESOURCE_EXHAUSTED where there is',
    'a `RetryInfo`, with the same request id.',
    '',
    '| Reason | gRPC code | What it means | What to do |',
    '|---|---|---|---|',
    ...Object.entries(ERROR_TABLE).map(errorRow),
    '',
  ].join('\n');
}

function errorRow([reason, { code, meaning, remedy }]: [string, ErrorEntry]): string {
  return `| ${reason} | ${codeName(code)} | ${meaning} | ${remedy} |`;
}

/** `Code.NotFound` → `NOT_FOUND`, as gRPC writes it. */
function codeName(code: Code): string {
  const name = Code[code]!.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return name === 'CANCELED' ? 'CANCELLED' : name;
}
