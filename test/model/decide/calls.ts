import { specOf } from '../../../src/contract/calls.ts';
import type {
  Call,
  CallConditions,
  JsonPatch,
  RequestIdentity,
  SessionSpec,
  TermsRequest,
} from '../../../src/model/call.ts';
import type { NewMessage } from '../../../src/model/message.ts';
import type { Summary } from '../../../src/model/summary.ts';

/** The calls of each kind with the least that they say; `fields` says more. */
type CallOf<Kind extends Call['kind']> = Extract<Call, { kind: Kind }>;

let identities = 0;

function conditions(): CallConditions {
  identities += 1;
  return { fresh: { uid: `uid${identities}`, runId: `run${identities}` } };
}

const NO_PATCH: JsonPatch = { set: {}, remove: [] };

export function aRequest(id: string, content = 'content', isServerMade = false): RequestIdentity {
  return { digest: id, content, isServerMade };
}

export function aSpec(fields: Partial<SessionSpec> = {}): SessionSpec {
  return specOf({ agentId: 'helper', ...fields });
}

export function start(spec: Partial<SessionSpec> = {}, fields: Partial<CallOf<'start'>> = {}): CallOf<'start'> {
  return { ...conditions(), kind: 'start', spec: aSpec(spec), claims: [], ...fields };
}

export function access(fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'access', ...fields };
}

export function sweep(): Call {
  return { ...conditions(), kind: 'sweep' };
}

export function resume(fields: Partial<CallOf<'resume'>> = {}): Call {
  const call: CallOf<'resume'> = {
    ...conditions(),
    kind: 'resume',
    userId: '',
    agentId: '',
    reopen: false,
    state: NO_PATCH,
    metadata: NO_PATCH,
  };
  return { ...call, ...fields };
}

export function touch(terms: TermsRequest = {}, fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'touch', terms, ...fields };
}

export function update(update: Partial<CallOf<'update'>['update']>, fields: Partial<CallOf<'update'>> = {}): Call {
  return {
    ...conditions(),
    kind: 'update',
    update: { terms: {}, state: NO_PATCH, metadata: NO_PATCH, ...update },
    ...fields,
  };
}

export function end(fields: Partial<CallOf<'end'>> = {}): Call {
  const call: CallOf<'end'> = {
    ...conditions(),
    kind: 'end',
    outcome: 'COMPLETED',
    errorMessage: '',
    qualityScore: 0,
    metadata: NO_PATCH,
    reason: 'CALLER',
  };
  return { ...call, ...fields };
}

export function remove(fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'delete', reason: 'CALLER', ...fields };
}

export function rewind(cut: CallOf<'rewind'>['cut'], fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'rewind', cut, ...fields };
}

export function clear(clearSummaries = false): Call {
  return { ...conditions(), kind: 'clearMessages', clearSummaries };
}

export function aMessage(fields: Partial<NewMessage> = {}): NewMessage {
  return {
    role: 'USER',
    messageId: '',
    turnId: '',
    sentAt: null,
    tokenCount: 3,
    isTokenCountExact: true,
    hasFiles: false,
    terms: [],
    toolCalls: [],
    toolResults: [],
    body: new Uint8Array(8),
    ...fields,
  };
}

export function append(messages: NewMessage[] = [aMessage()], fields: Partial<CallOf<'append'>> = {}): Call {
  const call: CallOf<'append'> = {
    ...conditions(),
    kind: 'append',
    messages,
    state: NO_PATCH,
    startIfMissing: null,
    cut: null,
    isImport: false,
  };
  return { ...call, ...fields };
}

export function report(activity: CallOf<'recordActivity'>['activity'], fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'recordActivity', activity, ...fields };
}

export function aSummary(fields: Partial<Summary> = {}): CallOf<'addSummary'>['summary'] {
  return {
    kind: 'COMPACTION',
    firstSequence: 1,
    lastSequence: 1,
    text: 'They met',
    tokenCount: 2,
    source: 'CALLER',
    ...fields,
  };
}

export function addSummary(summary: Partial<Summary> = {}, fields: Partial<CallConditions> = {}): Call {
  return { ...conditions(), kind: 'addSummary', summary: aSummary(summary), ...fields };
}

export function settle(rev: number, counts: CallOf<'settleTokens'>['counts']): Call {
  return { ...conditions(), kind: 'settleTokens', rev, counts };
}
