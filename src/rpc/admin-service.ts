import { AdminService } from '../../gen/threadkeep/v1/admin_service_pb.ts';
import { cleanup } from '../operations/cleanup.ts';
import type { Engine } from '../operations/engine/engine.ts';
import { eraseUser } from '../operations/erase-user.ts';
import { exportConversations } from '../operations/export.ts';
import { importConversations } from '../operations/import.ts';
import * as administration from './convert/administration.ts';
import * as conversation from './convert/conversation.ts';
import { type Handlers, type Scopes, type ServedService, serve } from './handlers.ts';
import { mapSteps } from './map-steps.ts';

/** Serves AdminService with an engine. */
export function adminService(engine: Engine): ServedService {
  return serve(AdminService, handlersOf(engine), SCOPES);
}

const SCOPES: Scopes<typeof AdminService> = {
  cleanup: 'operator',
  export: 'admin',
  import: 'admin',
  eraseUser: 'admin',
};

function handlersOf(engine: Engine): Handlers<typeof AdminService> {
  return {
    cleanup: async (request, caller) =>
      administration.cleanupResponse(await cleanup(engine, caller, administration.cleanupInput(request))),
    export: (request, caller, { isBinary }) =>
      mapSteps(exportConversations(engine, caller, conversation.exportInput(request)), (piece) =>
        conversation.exportResponse(piece, isBinary),
      ),
    import: async (requests, caller) =>
      conversation.importResponse(
        await importConversations(engine, caller, mapSteps(requests, conversation.importedPiece)),
      ),
    eraseUser: async (request, caller) =>
      administration.eraseUserResponse(await eraseUser(engine, caller, administration.eraseUserInput(request))),
  };
}
