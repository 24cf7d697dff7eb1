import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminService } from '../../gen/threadkeep/v1/admin_service_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { administrationCases } from './cases/administration.ts';
import { historyCases } from './cases/history.ts';
import { knowledgeCases } from './cases/knowledge.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { watchingCases } from './cases/watching.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { openTestService, STORES, type TestService } from './open-test-service.ts';
import { WAYS } from './ways.ts';

const cases: readonly ConformanceCase[] = [
  ...lifecycleCases,
  ...historyCases,
  ...knowledgeCases,
  ...watchingCases,
  ...administrationCases,
];

test('every RPC of the contract has a case', () => {
  const methods = [...SessionService.methods, ...AdminService.methods].map(({ localName }) => localName);
  expect(new Set(cases.map(({ rpc }) => rpc))).toEqual(new Set(methods));
});

const servers = [
  ...STORES.map((store) => ({ name: store.name, store, lane: 'on' as const })),
  { name: 'memory without the lane', store: STORES[0]!, lane: 'off' as const },
];

describe.each(servers)('on $name', ({ store, lane }) => {
  let service: TestService;
  beforeAll(async () => {
    service = await openTestService({ store, server: { lane } });
  });
  afterAll(() => service.close());

  describe.each(WAYS)('over $name', (way) => {
    let opened: ReturnType<typeof way.open>;
    beforeAll(() => {
      opened = way.open(service.server.address);
    });
    afterAll(() => opened.close());

    test.each(cases)('$rpc: $fact', async ({ run }) => {
      const unique = Math.random().toString(36).slice(2);
      await run({
        sessions: createClient(SessionService, opened.transport),
        admin: createClient(AdminService, opened.transport),
        service,
        sessionId: `s-${unique}`,
        userId: `user ${unique}`,
      });
    });
  });
});
