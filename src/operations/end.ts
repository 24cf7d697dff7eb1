import type { JsonObject } from '../model/json.ts';
import type { Outcome } from '../model/session.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** EndInput asks to end a session; `outcome` null = COMPLETED, `qualityScore` 0 = not rated. */
export interface EndInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  outcome: Outcome | null;
  errorMessage: string;
  qualityScore: number;
  metadataPatch: JsonObject;
}

/** EndAnswer holds the session as it first ended; `watchToken` was taken before the call. */
export interface EndAnswer {
  head: SessionHead;
  session: SessionView;
  watchToken: string;
}
