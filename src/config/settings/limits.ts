import { DEFAULT_LIMITS } from '../../model/limits.ts';
import { integer, size } from '../kind.ts';
import { setting } from '../setting.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** How much callers may send and keep. */
export const limitSettings = {
  requestBytesMax: setting({
    name: 'request-bytes',
    kind: size({ min: 64 * KIB, max: 64 * MIB }),
    default: DEFAULT_LIMITS.requestBytesMax,
    effect: 'Largest request, uncompressed.',
  }),
  messageBytesMax: setting({
    name: 'message-bytes',
    kind: size({ min: KIB, max: 3 * MIB }),
    default: DEFAULT_LIMITS.messageBytesMax,
    effect: 'Largest message, as encoded.',
  }),
  batchMessagesMax: setting({
    name: 'batch-messages',
    kind: integer({ min: 1, max: 500 }),
    default: DEFAULT_LIMITS.batchMessagesMax,
    effect: 'Most messages of one AddMessages.',
  }),
  batchBytesMax: setting({
    name: 'batch-bytes',
    kind: size({ min: KIB, max: 32 * MIB }),
    default: DEFAULT_LIMITS.batchBytesMax,
    effect: 'Most bytes of the messages of one AddMessages, as encoded.',
  }),
  metadataBytesMax: setting({
    name: 'metadata-bytes',
    kind: size({ min: 0, max: MIB }),
    default: DEFAULT_LIMITS.metadataBytesMax,
    effect: 'Largest metadata of a session or a message, as JSON.',
  }),
  stateBytesMax: setting({
    name: 'state-bytes',
    kind: size({ min: 0, max: MIB }),
    default: DEFAULT_LIMITS.stateBytesMax,
    effect: 'Largest state of a session, as JSON.',
  }),
  labelsMax: setting({
    name: 'labels',
    kind: integer({ min: 0, max: 256 }),
    default: DEFAULT_LIMITS.labelsMax,
    effect: 'Most labels of a session.',
  }),
  labelKeyLengthMax: setting({
    name: 'label-key-length',
    kind: integer({ min: 1, max: 256 }),
    default: DEFAULT_LIMITS.labelKeyLengthMax,
    effect: "Most characters of a label's key.",
  }),
  labelValueLengthMax: setting({
    name: 'label-value-length',
    kind: integer({ min: 0, max: 1024 }),
    default: DEFAULT_LIMITS.labelValueLengthMax,
    effect: "Most characters of a label's value.",
  }),
  summariesMax: setting({
    name: 'summaries',
    kind: integer({ min: 1, max: 64 }),
    default: DEFAULT_LIMITS.summariesMax,
    effect: 'Most summaries of a session.',
  }),
  hiddenRangesMax: setting({
    name: 'hidden-ranges',
    kind: integer({ min: 1, max: 1024 }),
    default: DEFAULT_LIMITS.hiddenRangesMax,
    effect: 'Most separate ranges of messages that a session has rewound.',
  }),
  answerBytesMax: setting({
    name: 'answer-bytes',
    kind: size({ min: 64 * KIB, max: 3.5 * MIB }),
    default: DEFAULT_LIMITS.answerBytesMax,
    effect: 'Size at which a page ends early. Clients refuse answers of over 4 MiB by default.',
  }),
  pageSizeDefault: setting({
    name: 'page-size',
    kind: integer({ min: 1, max: 1000 }),
    default: DEFAULT_LIMITS.pageSizeDefault,
    effect: 'Entries of a page for a caller that does not say.',
  }),
  pageSizeMax: setting({
    name: 'page-size-max',
    kind: integer({ min: 1, max: 10_000 }),
    default: DEFAULT_LIMITS.pageSizeMax,
    effect: 'Most entries of a page; a caller that asks for more gets this.',
  }),
  watchersPerTenantMax: setting({
    name: 'watchers',
    kind: integer({ min: 0, max: 100_000 }),
    default: DEFAULT_LIMITS.watchersPerTenantMax,
    effect: 'Most open streams of Watch and WatchExpiry of one tenant.',
  }),
};
