import type { ErrorFacts } from './errors.ts';
import type { Write, WriteAnswer } from './write.ts';

/**
 * PackedBatch is a batch on its way to the writer thread: a text and a buffer cross for half of what it costs to
 * clone the writes object by object.
 */
export interface PackedBatch {
  /** JSON of the writes without their bodies. */
  writes: string;
  /** The bodies, one behind the other, in the order of the writes and of their messages. */
  bodies: ArrayBuffer;
}

interface BatchText {
  writes: Write[];
  /** Lengths of the bodies. */
  lengths: number[];
}

/** WriteResult is what became of one write of a batch that was committed. */
export type WriteResult = { answer: WriteAnswer } | { error: ErrorFacts };

/**
 * BatchResult is what became of a batch: `committed` is durable, write by write; `failed` wrote nothing;
 * `unknown` may have been written, because COMMIT itself failed.
 */
export type BatchResult =
  | { state: 'committed'; results: WriteResult[] }
  | { state: 'failed' | 'unknown'; error: ErrorFacts };

/** Copies the bodies into one buffer of its own: a view of a shared one could not be given away, or would be emptied. */
export function packBatch(writes: readonly Write[]): PackedBatch {
  const bodies = writes.flatMap(bodiesOf);
  const lengths = bodies.map((body) => body.length);
  const packed = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const body of bodies) {
    packed.set(body, offset);
    offset += body.length;
  }
  const text: BatchText = { writes: writes.map(withoutBodies), lengths };
  return { writes: JSON.stringify(text), bodies: packed.buffer };
}

/** Gives the writes of a packed batch their bodies back, as views of its buffer. */
export function unpackBatch({ writes: text, bodies }: PackedBatch): Write[] {
  const { writes, lengths } = JSON.parse(text) as BatchText;
  let place = 0;
  let offset = 0;
  const take = () => {
    const length = lengths[place++]!;
    offset += length;
    return new Uint8Array(bodies, offset - length, length);
  };
  return writes.map((write) => (write.kind === 'commit' ? { ...write, bodies: write.messages.map(take) } : write));
}

/** Returns roughly how much memory a write takes while it waits, in bytes. */
export function sizeOf(write: Write): number {
  if (write.kind !== 'commit') return 256;
  const messages = write.messages.reduce((sum, message) => sum + 256 + message.terms.length, 0);
  const bodies = write.bodies.reduce((sum, body) => sum + body.length, 0);
  return 1024 + messages + bodies + write.parts.reduce((sum, [, body]) => sum + body.length, 0);
}

function bodiesOf(write: Write): Uint8Array[] {
  return write.kind === 'commit' ? write.bodies : [];
}

function withoutBodies(write: Write): Write {
  return write.kind === 'commit' && write.bodies.length > 0 ? { ...write, bodies: [] } : write;
}
