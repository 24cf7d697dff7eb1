import { expect, test } from 'vitest';
import { grantTerms, openDeadlines, resetDeadlines, slideDeadlines } from '../../src/model/deadlines.ts';
import { DEFAULT_TERMS_POLICY, NEVER_MS } from '../../src/model/limits.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 15, 12, 0, 0, 1);
const policy = DEFAULT_TERMS_POLICY;

test('without a request the server grants 10 h idle, 20 h in all, and a warning 15 min before', () => {
  expect(grantTerms({}, policy, null)).toEqual({
    dormantAfterMs: 10 * HOUR,
    ttlMs: 20 * HOUR,
    maxTtlMs: 0,
    neverExpires: false,
    expiringLeadMs: 15 * MINUTE,
    revision: 1,
  });
});

test('a server whose ttl is never lets sessions live, unless a ttl or an absolute cap is asked for', () => {
  const lasting = { ...policy, ttlMs: NEVER_MS };
  expect(grantTerms({}, lasting, null)).toMatchObject({ neverExpires: true, dormantAfterMs: 10 * HOUR });
  expect(grantTerms({ ttlMs: HOUR }, lasting, null)).toMatchObject({ neverExpires: false, ttlMs: HOUR });
  expect(grantTerms({ maxTtlMs: HOUR }, lasting, null)).toMatchObject({ neverExpires: false, maxTtlMs: HOUR });
});

test('the idle limit defaults to a ttl that is shorter than it, and the warning to a tenth', () => {
  expect(grantTerms({ ttlMs: MINUTE }, policy, null)).toMatchObject({ dormantAfterMs: MINUTE, expiringLeadMs: 6000 });
});

test('an idle limit longer than the ttl is refused', () => {
  expect(() => grantTerms({ ttlMs: MINUTE, dormantAfterMs: MINUTE + 1 }, policy, null)).toThrow(
    expect.objectContaining({ reason: 'INVALID_FIELD', field: 'dormant_after' }),
  );
  expect(grantTerms({ neverExpires: true, dormantAfterMs: 30 * HOUR }, policy, null).dormantAfterMs).toBe(30 * HOUR);
});

test('a ttl outside the limits of the server is clamped, and the idle limit with it', () => {
  const strict = { ...policy, ttlMinMs: MINUTE, ttlMaxMs: HOUR };
  expect(grantTerms({ ttlMs: 1 }, strict, null).ttlMs).toBe(MINUTE);
  expect(grantTerms({ ttlMs: 5 * HOUR, dormantAfterMs: 4 * HOUR }, strict, null)).toMatchObject({
    ttlMs: HOUR,
    dormantAfterMs: HOUR,
  });
});

test('a warning lead of 0 is off, and one as long as the ttl comes 1 ms after the start', () => {
  const off = grantTerms({ expiringLeadMs: 0 }, policy, null);
  expect(openDeadlines(off, NOW, NOW).warnAt).toBeNull();
  expect(grantTerms({ ttlMs: 500, expiringLeadMs: 900 }, policy, null).expiringLeadMs).toBe(499);
});

test('a default lead follows a changed ttl, a chosen one stays', () => {
  const byDefault = grantTerms({ ttlMs: HOUR }, policy, null);
  expect(grantTerms({ ttlMs: MINUTE }, policy, byDefault).expiringLeadMs).toBe(6 * SECOND);
  const chosen = grantTerms({ ttlMs: HOUR, expiringLeadMs: 5 * SECOND }, policy, null);
  expect(grantTerms({ ttlMs: MINUTE }, policy, chosen).expiringLeadMs).toBe(5 * SECOND);
});

test('a ttl ends never_expires, and an absolute limit contradicts it', () => {
  const never = grantTerms({ neverExpires: true }, policy, null);
  expect(openDeadlines(never, NOW, NOW)).toMatchObject({ expireAt: null, warnAt: null });
  expect(grantTerms({ dormantAfterMs: HOUR }, policy, never).neverExpires).toBe(true);
  expect(grantTerms({ ttlMs: HOUR }, policy, never).neverExpires).toBe(false);
  expect(() => grantTerms({ maxTtlMs: HOUR }, policy, never)).toThrow(
    expect.objectContaining({ reason: 'INVALID_FIELD', field: 'max_ttl' }),
  );
});

test.each([
  ['20 h to the minute', 20 * HOUR, MINUTE],
  ['100 min to the minute', 100 * MINUTE, MINUTE],
  ['10 s to 100 ms', 10 * SECOND, 100],
  ['9.999 s to the millisecond', 9999, 1],
])('deadlines are rounded up: %s', (_, ttlMs, bucketMs) => {
  const terms = grantTerms({ ttlMs, dormantAfterMs: ttlMs }, policy, null);
  const { expireAt, dormantAt } = openDeadlines(terms, NOW, NOW);
  expect(expireAt).toBe(Math.ceil((NOW + ttlMs) / bucketMs) * bucketMs);
  expect(dormantAt).toBe(expireAt);
});

test('the absolute limit caps both deadlines exactly', () => {
  const terms = grantTerms({ maxTtlMs: HOUR + 7 }, policy, null);
  const createdAt = NOW - 30 * MINUTE;
  const cap = createdAt + HOUR + 7;
  expect(openDeadlines(terms, createdAt, NOW)).toMatchObject({ dormantAt: cap, expireAt: cap, maxExpireAt: cap });
});

test('a slide never moves back, and keeps a given warning given until the expiry moves', () => {
  const terms = grantTerms({ ttlMs: HOUR }, policy, null);
  const given = { ...openDeadlines(terms, NOW, NOW), warnAt: null };
  const header = { terms, createdAt: NOW, deadlines: given };
  expect(slideDeadlines(header, NOW - MINUTE)).toEqual(given);
  expect(slideDeadlines(header, NOW)).toEqual(given);
  const later = slideDeadlines(header, NOW + 50 * MINUTE);
  expect(later).toEqual(openDeadlines(terms, NOW, NOW + 50 * MINUTE));
  expect(later.warnAt).not.toBeNull();
});

test('other terms recompute every deadline, which may then come earlier', () => {
  const terms = grantTerms({}, policy, null);
  const header = { terms, createdAt: NOW, deadlines: openDeadlines(terms, NOW, NOW) };
  const shorter = grantTerms({ ttlMs: MINUTE }, policy, terms);
  expect(resetDeadlines(header, shorter, NOW)).toEqual(openDeadlines(shorter, NOW, NOW));
});

test('other terms do not repeat the warning of the same expiry', () => {
  const terms = grantTerms({ maxTtlMs: HOUR }, policy, null);
  const header = { terms, createdAt: NOW, deadlines: { ...openDeadlines(terms, NOW, NOW), warnAt: null } };
  expect(resetDeadlines(header, { ...terms, ttlMs: 30 * HOUR }, NOW).warnAt).toBeNull();
});
