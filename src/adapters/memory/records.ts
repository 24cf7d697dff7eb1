import { type Activity, type AgentActivity, emptyActivity, type ToolCallRecord } from '../../model/activity.ts';
import type { AppendedMessage, Claim, RecordedCall } from '../../model/basis.ts';
import type { EventRow } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SessionDetails, SessionHeader } from '../../model/session.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Summary } from '../../model/summary.ts';

/** Life is one life of a session id: the header and all that hangs on its uid. */
export interface Life {
  header: SessionHeader;
  details: SessionDetails;
  state: JsonObject;
  summaries: Summary[];
  activity: Activity;
  /** Ascending without a hole, so that a sequence is a place in the array. */
  messages: AppendedMessage[];
  /** By digest. */
  recorded: Map<string, RecordedCall>;
  toolCalls: Map<string, ToolCallRecord>;
}

/** TenantRecords is all that one tenant keeps. */
export interface TenantRecords {
  /** By session id; tombstones, too. */
  sessions: Map<string, Life>;
  /** The same lives by uid, without tombstones. */
  livesByUid: Map<string, Life>;
  /** Who took each claim last; it counts only while that uid lives. */
  claims: Map<string, Claim>;
  events: EventRow[];
  agents: Map<string, AgentActivity>;
}

/** MemoryRecords holds everything that the nouns of one memory store share. */
export class MemoryRecords {
  readonly tenants = new Map<string, TenantRecords>();
  #isClosed = false;

  /** Throws STORE_UNAVAILABLE after close and the signal's reason after an abort: the first line of every method. */
  enter(signal?: AbortSignal): void {
    if (this.#isClosed) throw new SessionError('STORE_UNAVAILABLE', 'the memory store is closed; open another one');
    signal?.throwIfAborted();
  }

  /** Returns a tenant's records, made on first use. */
  of(tenant: string): TenantRecords {
    const known = this.tenants.get(tenant);
    if (known !== undefined) return known;
    const made = emptyTenant();
    this.tenants.set(tenant, made);
    return made;
  }

  close(): void {
    this.#isClosed = true;
    this.tenants.clear();
  }
}

/** Returns a life of which nothing but the header is known. */
export function beginLife(header: SessionHeader): Life {
  return {
    header,
    details: { title: '', labels: {}, metadata: {}, errorMessage: '' },
    state: {},
    summaries: [],
    activity: emptyActivity(),
    messages: [],
    recorded: new Map(),
    toolCalls: new Map(),
  };
}

function emptyTenant(): TenantRecords {
  return { sessions: new Map(), livesByUid: new Map(), claims: new Map(), events: [], agents: new Map() };
}
