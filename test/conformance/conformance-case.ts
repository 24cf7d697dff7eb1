import type { Client } from '@connectrpc/connect';
import type { AdminService } from '../../gen/threadkeep/v1/admin_service_pb.ts';
import type { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import type { TestService } from './open-test-service.ts';

/** What a case runs against: the clients of one way in, and the service behind it. */
interface CaseContext {
  sessions: Client<typeof SessionService>;
  admin: Client<typeof AdminService>;
  service: TestService;
  /** Ids that no other case uses. */
  sessionId: string;
  userId: string;
}

/** A fact about one RPC that holds over every way in and on every store. */
export interface ConformanceCase {
  /** The RPC's name in the client. */
  rpc: string;
  fact: string;
  run(context: CaseContext): Promise<void>;
}
