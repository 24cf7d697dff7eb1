import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../model/limits.ts';
import { choice, duration, integer } from '../kind.ts';
import { setting } from '../setting.ts';

const DAY_MS = 86_400_000;
const SPAN = { min: 1, max: 10 * 365 * DAY_MS };

/** How long sessions live, where their callers do not say. */
export const sessionSettings = {
  dormantAfterMs: setting({
    name: 'dormant-after',
    kind: duration(SPAN),
    default: DEFAULT_TERMS_POLICY.dormantAfterMs,
    effect: 'Idle time after which a session is DORMANT; an access brings it back. Never longer than its TTL.',
  }),
  ttlMs: setting({
    name: 'ttl',
    kind: duration(SPAN, { never: true }),
    default: DEFAULT_TERMS_POLICY.ttlMs,
    effect: 'Idle time after which a session is EXPIRED, for good; never = only where its caller says so.',
  }),
  ttlMinMs: setting({
    name: 'ttl-min',
    kind: duration(SPAN),
    default: DEFAULT_TERMS_POLICY.ttlMinMs,
    effect: 'Shortest TTL; a caller that asks for less gets this.',
  }),
  ttlMaxMs: setting({
    name: 'ttl-max',
    kind: duration(SPAN),
    default: DEFAULT_TERMS_POLICY.ttlMaxMs,
    effect: 'Longest TTL; a caller that asks for more gets this.',
  }),
  retentionMs: setting({
    name: 'retention',
    kind: duration({ min: 0, max: 10 * 365 * DAY_MS }, { never: true }),
    default: DEFAULT_TERMS_POLICY.retentionMs,
    effect: 'How long a session that has EXPIRED or ENDED stays readable before it is deleted; never = it is kept.',
  }),
  eventRetentionMs: setting({
    name: 'event-retention',
    kind: duration({ min: 60_000, max: 365 * DAY_MS }),
    default: 3 * DAY_MS,
    effect: 'How long events are kept, so how old a resume token of WatchExpiry may be.',
  }),
  sessionsPerUserMax: setting({
    name: 'sessions-per-user',
    kind: integer({ min: 0, max: 1_000_000 }),
    default: DEFAULT_LIMITS.sessionsPerUserMax,
    effect: 'Sessions of one user that may be ACTIVE or DORMANT at once; 0 = any number.',
  }),
  sessionsPerUserPolicy: setting({
    name: 'sessions-per-user-policy',
    kind: choice(['end-oldest', 'refuse']),
    default: 'end-oldest',
    effect: 'Above sessions-per-user: end the least recently used session, or refuse to start another.',
  }),
};
