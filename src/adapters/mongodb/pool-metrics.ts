import type { MongoClient } from 'mongodb';
import type { Metrics } from '../../ports/metrics.ts';

/** Keeps count of a client's connections: how many there are, how many are in use, and how often none could be had. */
export function countPool(client: MongoClient, metrics: Metrics): void {
  let open = 0;
  let busy = 0;
  const note = () => {
    metrics.gauge('threadkeep_mongodb_connections', open, { state: 'open' });
    metrics.gauge('threadkeep_mongodb_connections', busy, { state: 'busy' });
  };
  const move = (openBy: number, busyBy: number) => () => {
    open += openBy;
    busy += busyBy;
    note();
  };
  client.on('connectionCreated', move(1, 0));
  client.on('connectionClosed', move(-1, 0));
  client.on('connectionCheckedOut', move(0, 1));
  client.on('connectionCheckedIn', move(0, -1));
  client.on('connectionCheckOutFailed', ({ reason }) =>
    metrics.count('threadkeep_mongodb_connection_failures_total', { reason }),
  );
}
