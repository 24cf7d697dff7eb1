import type { MongoClient } from 'mongodb';
import type { Metrics } from '../../../ports/metrics.ts';

const OPEN = { state: 'open' };
const BUSY = { state: 'busy' };

/** ConnectionPool keeps count of a client's connections: how many there are, are in use, and could not be had. */
export class ConnectionPool {
  readonly #metrics: Metrics;
  readonly #max: number;
  #open = 0;
  #busy = 0;

  constructor(client: MongoClient, metrics: Metrics) {
    this.#metrics = metrics;
    this.#max = client.options.maxPoolSize;
    client.on('connectionCreated', () => this.#move(1, 0));
    client.on('connectionClosed', () => this.#move(-1, 0));
    client.on('connectionCheckedOut', () => this.#move(0, 1));
    client.on('connectionCheckedIn', () => this.#move(0, -1));
    client.on('connectionCheckOutFailed', ({ reason }) =>
      metrics.count('threadkeep_mongodb_connection_failures_total', { reason }),
    );
  }

  /** True while every connection that may be is in use. */
  get isExhausted(): boolean {
    return this.#busy >= this.#max;
  }

  #move(openBy: number, busyBy: number): void {
    this.#open += openBy;
    this.#busy += busyBy;
    if (openBy !== 0) this.#metrics.gauge('threadkeep_mongodb_connections', this.#open, OPEN);
    else this.#metrics.gauge('threadkeep_mongodb_connections', this.#busy, BUSY);
  }
}
