import type { MessageFields } from '../../../../src/adapters/mongodb/database/documents.ts';
import type { CommitWrite } from '../../../../src/adapters/mongodb/sessions/commit-write.ts';
import { sampleHeader } from '../../../../src/contract/samples.ts';
import { nextHeader } from '../../../../src/contract/stage.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import type { SessionHeader } from '../../../../src/model/session.ts';

/** What a write is about; a basis of `ageMs` undefined was read from the store. */
export interface PlainWriteParts {
  sessionId?: string;
  ageMs?: number | undefined;
  header?: Partial<SessionHeader>;
  bytes?: number;
}

/** Returns a commit that appends one message, decided on what a cache held. */
export function plainWrite(parts: PlainWriteParts = {}): CommitWrite {
  const { sessionId = 's', bytes = 100 } = parts;
  const header = sampleHeader({ tenant: 'acme', sessionId, ...parts.header });
  const nothing = { recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims: new Map() };
  const ageMs = 'ageMs' in parts ? parts.ageMs : 10;
  const n = header.lastSequence + 1;
  const entry: MessageFields = { n, role: 'USER', run: 'run-1', at: 0, tok: 1, terms: [], crc: 0 };
  return {
    basis: { tenant: 'acme', sessionId, header, ...nothing, ...(ageMs !== undefined && { ageMs }) },
    changes: changesWith(nextHeader(header, { lastSequence: n })),
    parts: {},
    placement: { entries: [entry], bytes, settled: [], moveAt: null, attempt: null },
    tools: [],
    outbox: [],
    at: 0,
  };
}
