import type { MongoClient, TopologyDescription } from 'mongodb';

/** Sighting is a moment in the life of a client; two of them tell whether a server could be written to in between. */
export interface Sighting {
  isReachable: boolean;
  contacts: number;
}

/** Reach knows whether the client has a server that takes writes. */
export class Reach {
  readonly #client: MongoClient;
  #isConnected = false;
  #isReachable = false;
  #contacts = 0;

  constructor(client: MongoClient) {
    this.#client = client;
    client.on('topologyDescriptionChanged', ({ newDescription }) => this.#note(hasWritable(newDescription)));
  }

  /** Makes the first contact, which the driver gives up for good where it failed once; what comes later it sees to itself. */
  async connect(): Promise<void> {
    if (this.#isConnected) return;
    await this.#client.connect();
    this.#isConnected = true;
  }

  look(): Sighting {
    return { isReachable: this.#isReachable, contacts: this.#contacts };
  }

  /** Tells whether nothing can have been sent since a sighting: there never was a server to send it to. */
  wasAwaySince(sighting: Sighting): boolean {
    return !sighting.isReachable && !this.#isReachable && sighting.contacts === this.#contacts;
  }

  #note(isReachable: boolean): void {
    if (isReachable && !this.#isReachable) this.#contacts += 1;
    this.#isReachable = isReachable;
  }
}

function hasWritable({ servers }: TopologyDescription): boolean {
  for (const server of servers.values()) if (server.isWritable) return true;
  return false;
}
