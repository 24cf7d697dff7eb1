import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import type { SessionHeader } from '../model/session.ts';
import type { CommitOutcome } from '../ports/session-store.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleEvent } from './samples.ts';
import { nextHeader, type Stage } from './stage.ts';

/** Slides: commits that keep the revision and only ever move deadlines later. */
export const slideCases = casesOf('slides', {
  'a slide moves deadlines, dueAt and lastAccessAt and keeps the revision': async (stage) => {
    const header = await beginWithDeadlines(stage);
    assert.equal(await commitSlide(stage, header, 1000), 'committed');
    assert.deepEqual(await stage.header('s'), slid(header, 1000));
  },

  'two slides of one basis both count, and the later deadlines stay': async (stage) => {
    const header = await beginWithDeadlines(stage);
    assert.equal(await commitSlide(stage, header, 2000), 'committed');
    assert.equal(await commitSlide(stage, header, 1000), 'committed');
    assert.deepEqual(await stage.header('s'), slid(header, 2000));
  },

  'a slide brings a warning back after one was given, and no slide takes it away': async (stage) => {
    const header = await stage.begin('s');
    const deadlines = { ...header.deadlines, warnAt: SAMPLE_AT + 7 };
    const warned = { ...header, deadlines };
    const commit = (next: SessionHeader) =>
      stage.store.sessions.commit({ ...basisOf(header) }, changesWith(next, { isSlide: true }), []);
    assert.equal(await commit(warned), 'committed');
    assert.equal(await commit(header), 'committed');
    assert.equal((await stage.header('s')).deadlines.warnAt, SAMPLE_AT + 7);
  },

  'a session that never expires does not by a slide': async (stage) => {
    const { deadlines } = await beginWithDeadlines(stage);
    const header = await stage.go('s', { deadlines: { ...deadlines, expireAt: null } });
    const dormantAt = header.deadlines.dormantAt + 1;
    const next = { ...header, deadlines: { ...header.deadlines, dormantAt } };
    const changes = changesWith(next, { isSlide: true });
    assert.equal(await stage.store.sessions.commit(await stage.load('s'), changes, []), 'committed');
    assert.deepEqual((await stage.header('s')).deadlines, next.deadlines);
  },

  'a slide from before another commit is a conflict': async (stage) => {
    const header = await beginWithDeadlines(stage);
    const later = await stage.go('s', { status: 'ENDED' });
    assert.equal(await commitSlide(stage, header, 1000), 'conflict');
    assert.deepEqual(await stage.header('s'), later);
  },

  'a slide of an earlier life is a conflict': async (stage) => {
    const header = await beginWithDeadlines(stage);
    await stage.go('s', { uid: 'second life', rev: header.rev });
    assert.equal(await commitSlide(stage, header, 1000), 'conflict');
  },

  'an expiry decided before a slide is a conflict: what was touched lives': async (stage) => {
    const header = await beginWithDeadlines(stage);
    const sweepBasis = await stage.load('s');
    await commitSlide(stage, header, 1000);
    const expired = nextHeader(header, { status: 'EXPIRED' });
    const sweep = stage.store.sessions.commit(sweepBasis, changesWith(expired), [sampleEvent(expired, 'EXPIRED')]);
    assert.equal(await sweep, 'conflict');
    assert.equal((await stage.header('s')).status, 'ACTIVE');
    assert.equal((await stage.store.events.bounds(stage.tenant)).lastNumber, 0);
  },

  'a commit after a slide, on what it left, is none': async (stage) => {
    const header = await beginWithDeadlines(stage);
    await commitSlide(stage, header, 1000);
    await stage.go('s', { version: 2 });
    assert.deepEqual((await stage.header('s')).deadlines, slid(header, 1000).deadlines);
  },

  'a commit that is no slide may move deadlines earlier': async (stage) => {
    const { deadlines } = await beginWithDeadlines(stage);
    const earlier = { ...deadlines, dormantAt: SAMPLE_AT + 1, expireAt: SAMPLE_AT + 2, warnAt: null };
    await stage.go('s', { deadlines: earlier, dueAt: SAMPLE_AT + 1 });
    assert.deepEqual((await stage.header('s')).deadlines, earlier);
  },
});

function beginWithDeadlines(stage: Stage): Promise<SessionHeader> {
  const [dormantAt, warnAt, expireAt] = [SAMPLE_AT + 10_000, SAMPLE_AT + 15_000, SAMPLE_AT + 20_000];
  return stage.begin('s', { deadlines: { dormantAt, expireAt, warnAt, maxExpireAt: null }, dueAt: dormantAt });
}

function slid(header: SessionHeader, byMs: number): SessionHeader {
  const { dormantAt, expireAt, warnAt, maxExpireAt } = header.deadlines;
  return {
    ...header,
    lastAccessAt: header.lastAccessAt + byMs,
    dueAt: (header.dueAt ?? 0) + byMs,
    deadlines: {
      dormantAt: dormantAt + byMs,
      expireAt: (expireAt ?? 0) + byMs,
      warnAt: (warnAt ?? 0) + byMs,
      maxExpireAt,
    },
  };
}

/** Commits the slide that an access `byMs` after the header's would be, on that header as the basis. */
function commitSlide(stage: Stage, header: SessionHeader, byMs: number): Promise<CommitOutcome> {
  const changes = changesWith(slid(header, byMs), { isSlide: true });
  return stage.store.sessions.commit(basisOf(header), changes, []);
}

function basisOf(header: SessionHeader) {
  const { tenant, sessionId } = header;
  return {
    tenant,
    sessionId,
    header,
    recorded: new Map(),
    oldestRecorded: [],
    toolCalls: new Map(),
    claims: new Map(),
  };
}
