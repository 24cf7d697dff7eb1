import { createHash, randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import { SessionError } from '../../../model/session-error.ts';
import type { MongoContext } from '../context.ts';
import type { BodyDocument, BodyReference } from '../database/documents.ts';

/** Most bytes of a piece. */
const CHUNK_BYTES_MAX = 255 * 1024;

/** How many pieces are read or written at once: 4 MiB, which a call has time for. */
const CHUNKS_AT_ONCE = 16;

/** BodyMissing says that a piece of a body is not there: its session was purged since its document was read, or it is broken. */
export class BodyMissing extends SessionError {}

/** Splits bytes into the documents that hold them, and the reference that leads there: equal bytes of a uid lie once. */
export function splitBody(
  uid: string,
  bytes: Uint8Array,
  at: number,
  name = '',
): { ref: BodyReference; chunks: BodyDocument[] } {
  const hash = `${name}${hashOf(bytes)}`;
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES_MAX));
  const chunks = Array.from({ length: count }, (_, place) => ({
    _id: chunkId(uid, hash, place),
    data: new Binary(bytes.subarray(place * CHUNK_BYTES_MAX, (place + 1) * CHUNK_BYTES_MAX)),
    at,
  }));
  return { ref: { hash, bytes: bytes.length, chunks: count }, chunks };
}

/** Writes pieces; those that are there already are written again, so that they count as fresh. */
export async function putChunks({ collections }: MongoContext, chunks: readonly BodyDocument[]): Promise<void> {
  for (let first = 0; first < chunks.length; first += CHUNKS_AT_ONCE) {
    await collections.bodies.putMany(chunks.slice(first, first + CHUNKS_AT_ONCE));
  }
}

/** Reads what references lead to, by hash; throws BodyMissing where it is not there, STORE_CORRUPT where it is not what it was. */
export async function readBodies(
  { collections }: MongoContext,
  uid: string,
  refs: readonly BodyReference[],
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const distinct = new Map(refs.map((ref) => [ref.hash, ref]));
  const ids = [...distinct.values()].flatMap(({ hash, chunks }) =>
    Array.from({ length: chunks }, (_, place) => chunkId(uid, hash, place)),
  );
  const pieces = new Map<string, Uint8Array>();
  for (let first = 0; first < ids.length; first += CHUNKS_AT_ONCE) {
    const filter = { _id: { $in: ids.slice(first, first + CHUNKS_AT_ONCE) } };
    for (const { _id, data } of await collections.bodies.find(filter, { signal })) {
      if (data !== undefined) pieces.set(_id, data.value());
    }
  }
  return new Map([...distinct.values()].map((ref) => [ref.hash, joinPieces(uid, ref, pieces)]));
}

/** Stores a text too long to lie beside its header; each time under another name, so that it can go when it is replaced. */
export async function storeText(context: MongoContext, uid: string, text: string): Promise<BodyReference> {
  const { ref, chunks } = splitBody(uid, new TextEncoder().encode(text), context.now(), `${randomName()}.`);
  await putChunks(context, chunks);
  return ref;
}

/** Reads a text that was stored; throws as readBodies does. */
export async function readText(
  context: MongoContext,
  uid: string,
  ref: BodyReference,
  signal?: AbortSignal,
): Promise<string> {
  const bodies = await readBodies(context, uid, [ref], signal);
  return new TextDecoder().decode(bodies.get(ref.hash));
}

/** Reads, and once more where a body was missing: by then it is told whether its session is there still. Throws BodyMissing. */
export async function readAgainIfMissing<Read>(read: () => Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BodyMissing)) throw error;
    return read();
  }
}

/** Returns the range of `_id` in which all texts of a uid lie. */
export function textRange(uid: string): { $gte: string; $lt: string } {
  return { $gte: `${uid}/x/`, $lt: `${uid}/x0` };
}

/** Returns the `hash` of the reference that leads to a piece. */
export function hashOfChunk(documentId: string): string {
  return documentId.split('/').at(-2) as string;
}

/** Returns the uid on which a document of `bodies` hangs. */
export function uidOfBody(documentId: string): string {
  return documentId.split('/').slice(0, -3).join('/');
}

/** Returns the range of `_id` in which the pieces of a body lie. */
export function chunkRange(uid: string, hash: string): { $gte: string; $lt: string } {
  return { $gte: `${uid}/b/${hash}/`, $lt: `${uid}/b/${hash}0` };
}

function chunkId(uid: string, hash: string, place: number): string {
  return `${uid}/${isText(hash) ? 'x' : 'b'}/${hash}/${place}`;
}

/** A text's hash has a random name before it. */
function isText(hash: string): boolean {
  return hash.includes('.');
}

function randomName(): string {
  return randomBytes(9).toString('base64url');
}

function joinPieces(uid: string, ref: BodyReference, pieces: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const found = Array.from({ length: ref.chunks }, (_, place) => pieces.get(chunkId(uid, ref.hash, place)));
  const bytes = new Uint8Array(Buffer.concat(found.filter((piece) => piece !== undefined)));
  if (found.includes(undefined)) throw new BodyMissing('STORE_CORRUPT', notWhatWasCommitted(uid, ref));
  if (bytes.length !== ref.bytes || hashOf(bytes) !== ref.hash.split('.').at(-1)) {
    throw new SessionError('STORE_CORRUPT', notWhatWasCommitted(uid, ref));
  }
  return bytes;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function notWhatWasCommitted(uid: string, { hash }: BodyReference): string {
  return `body ${hash} of the session with uid ${uid} is not what was committed: restore it from a backup, or run \`threadkeep check-store\` to see all that is broken`;
}
