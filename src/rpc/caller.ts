import type { Caller } from '../operations/caller.ts';
import type { Scope } from './authenticate.ts';

/** RpcCaller is on whose behalf a handler runs, with what the credential may do. */
export interface RpcCaller extends Caller {
  scopes: ReadonlySet<Scope>;
}
