import type { JsonObject } from '../model/json.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** UpdatedFields holds the values of the masked fields; what the mask does not name is ignored. */
export interface UpdatedFields {
  title: string;
  labels: Record<string, string>;
  qualityScore: number;
  model: string;
  tokenLimit: number;
  userId: string;
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  neverExpires: boolean;
  expiringLeadMs?: number;
}

/** UpdateInput asks to change a session; `updateMask` holds paths as in the contract, such as `quality_score`. */
export interface UpdateInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  session: UpdatedFields;
  updateMask: string[];
  statePatch: JsonObject;
  stateRemove: string[];
  metadataPatch: JsonObject;
  metadataRemove: string[];
}

/** UpdateAnswer holds the session after the call. */
export interface UpdateAnswer {
  head: SessionHead;
  session: SessionView;
}
