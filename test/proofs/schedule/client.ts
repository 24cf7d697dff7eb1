import { SessionError } from '../../../src/model/session-error.ts';
import type { CallOutcome, CallRecord, Moment } from './history.ts';
import { performCall } from './perform-call.ts';
import type { PlannedCall } from './planned-call.ts';
import { Gone, type ServiceInstance } from './service-instance.ts';
import type { Simulation } from './simulation.ts';

/** The tenant of every schedule. */
export const TENANT = 'acme';

/** Refusals that leave open whether the call was done. */
const OPEN = new Set(['STORE_UNAVAILABLE', 'STORE_CONTENDED', 'OVERLOADED', 'DRAINING']);

/** Ledger sends calls and keeps what their callers saw. */
export class Ledger {
  readonly records: CallRecord[] = [];
  readonly #simulation: Simulation;
  readonly #firstSent = new Map<string, Moment>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get now(): Moment {
    return { step: this.#simulation.step, atMs: this.#simulation.nowMs };
  }

  /** Sends a call and resolves with what becomes of it for its caller, who waits so long, in ms. */
  async send(instance: ServiceInstance, call: PlannedCall, patienceMs: number): Promise<CallRecord> {
    const record = this.#open(instance, call);
    const leave = new AbortController();
    const patience = this.#simulation.after(patienceMs, () => leave.abort(new Gone('the caller has left')));
    const left = new Promise<never>((_, reject) => {
      leave.signal.addEventListener('abort', () => reject(leave.signal.reason));
    });
    left.catch(() => {});
    try {
      const caller = { tenant: TENANT, signal: leave.signal };
      const answer = await Promise.race([performCall(instance.engine, caller, call), instance.gone, left]);
      if (answer === null) this.#close(record, { kind: 'refusal', reason: 'SESSION_NOT_FOUND', metadata: {} });
      else this.#close(record, { kind: 'answer', answer });
    } catch (error) {
      this.#close(record, outcomeOf(error));
    } finally {
      this.#simulation.cancel(patience);
    }
    return record;
  }

  #open(instance: ServiceInstance, call: PlannedCall): CallRecord {
    const sent = this.now;
    const key = call.requestId === '' ? `call ${this.records.length}` : call.requestId;
    const firstSent = this.#firstSent.get(key) ?? sent;
    this.#firstSent.set(key, firstSent);
    const number = this.records.length;
    const record = { number, call, instance: instance.name, sent, firstSent, ended: null, outcome: null };
    this.records.push(record);
    this.#simulation.note(() => `call ${number} to ${instance.name}: ${JSON.stringify(call)}`);
    return record;
  }

  #close(record: CallRecord, outcome: CallOutcome): void {
    record.ended = this.now;
    record.outcome = outcome;
    this.#simulation.note(() => `call ${record.number} ends: ${describe(outcome)}`);
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof Gone) return { kind: 'unknown', reason: error.message };
  if (!(error instanceof SessionError)) return { kind: 'fault', error };
  const { reason, metadata } = error;
  if (OPEN.has(reason)) return { kind: 'unknown', reason };
  return { kind: 'refusal', reason, metadata };
}

function describe(outcome: CallOutcome): string {
  if (outcome.kind === 'fault')
    return outcome.error instanceof Error ? `${outcome.error.stack}` : String(outcome.error);
  return JSON.stringify(outcome);
}
