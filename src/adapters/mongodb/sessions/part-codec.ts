import { type Activity, emptyActivity } from '../../../model/activity.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { SessionDetails } from '../../../model/session.ts';
import type { Summary } from '../../../model/summary.ts';
import type { MongoContext } from '../context.ts';
import type { DetailsFields, SessionDocument, StoredText, SummaryFields } from '../database/documents.ts';
import { readText, storeText } from '../messages/bodies.ts';

/** What the parts beside the header may take in a document, in bytes; what is longer lies in `bodies`. */
const DETAILS_BYTES_MAX = 44 * 1024;
const ACTIVITY_BYTES_MAX = 8 * 1024;
/** All summaries' texts together. */
const SUMMARIES_BYTES_MAX = 4 * 1024;

/** Returns the details of a session of which none were written. */
export function emptyDetails(): DetailsFields {
  return { title: '', labels: [], metadata: '{}', error: '' };
}

/** Returns a label as it is stored, to be found whole. */
export function encodeLabel(key: string, value: string): string {
  return JSON.stringify([key, value]);
}

/** Turns details into fields; metadata that does not fit lies in `bodies` afterwards. */
export async function encodeDetails(
  context: MongoContext,
  uid: string,
  details: SessionDetails,
): Promise<DetailsFields> {
  const { title, labels, metadata, errorMessage } = details;
  const lower = title.toLowerCase();
  const encoded = Object.entries(labels).map(([key, value]) => encodeLabel(key, value));
  const others = Buffer.byteLength([title, lower, errorMessage, ...encoded].join(''));
  return {
    title,
    ...(lower !== title && { lower }),
    labels: encoded,
    metadata: await storeWithin(context, uid, JSON.stringify(metadata), DETAILS_BYTES_MAX - others),
    error: errorMessage,
  };
}

/** Turns fields back into details. */
export async function decodeDetails(
  context: MongoContext,
  uid: string,
  { title, labels, metadata, error }: DetailsFields,
  signal?: AbortSignal,
): Promise<SessionDetails> {
  return {
    title,
    labels: Object.fromEntries(labels.map((label) => JSON.parse(label) as [string, string])),
    metadata: JSON.parse(await textOf(context, uid, metadata, signal)) as JsonObject,
    errorMessage: error,
  };
}

/** Turns summaries into fields; long texts lie in `bodies` afterwards. */
export async function encodeSummaries(
  context: MongoContext,
  uid: string,
  summaries: readonly Summary[],
): Promise<SummaryFields[]> {
  let room = SUMMARIES_BYTES_MAX;
  const encoded: SummaryFields[] = [];
  for (const { kind, firstSequence: first, lastSequence: last, text, tokenCount: tok, createdAt: at } of summaries) {
    const stored = await storeWithin(context, uid, text, room);
    if (typeof stored === 'string') room -= Buffer.byteLength(stored);
    encoded.push({ kind, first, last, text: stored, tok, at });
  }
  return encoded;
}

/** Turns fields back into summaries, oldest first. */
export function decodeSummaries(
  context: MongoContext,
  uid: string,
  summaries: readonly SummaryFields[],
  signal?: AbortSignal,
): Promise<Summary[]> {
  return Promise.all(
    summaries.map(async ({ kind, first, last, text, tok, at }) => ({
      kind,
      firstSequence: first,
      lastSequence: last,
      text: await textOf(context, uid, text, signal),
      tokenCount: tok,
      createdAt: at,
      source: 'CALLER' as const,
    })),
  );
}

/** Turns activity into its field; what is long lies in `bodies` afterwards. */
export function encodeActivity(context: MongoContext, uid: string, activity: Activity): Promise<StoredText> {
  return storeWithin(context, uid, JSON.stringify(activity), ACTIVITY_BYTES_MAX);
}

/** Turns the field back into activity. */
export async function decodeActivity(
  context: MongoContext,
  { uid, activity }: Pick<SessionDocument, 'uid' | 'activity'>,
  signal?: AbortSignal,
): Promise<Activity> {
  if (activity === undefined) return emptyActivity();
  return JSON.parse(await textOf(context, uid, activity, signal)) as Activity;
}

async function storeWithin(context: MongoContext, uid: string, text: string, bytesMax: number): Promise<StoredText> {
  return Buffer.byteLength(text) <= bytesMax ? text : storeText(context, uid, text);
}

async function textOf(context: MongoContext, uid: string, text: StoredText, signal?: AbortSignal): Promise<string> {
  return typeof text === 'string' ? text : readText(context, uid, text, signal);
}
