import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { addMessage } from '../operations/add-message.ts';
import { addMessages } from '../operations/add-messages.ts';
import { addSummary } from '../operations/add-summary.ts';
import { buildContext } from '../operations/build-context.ts';
import { clearMessages } from '../operations/clear-messages.ts';
import { deleteSession } from '../operations/delete.ts';
import { end } from '../operations/end.ts';
import type { Engine } from '../operations/engine/engine.ts';
import { get } from '../operations/get.ts';
import { list } from '../operations/list.ts';
import { listMessages } from '../operations/list-messages.ts';
import { recordActivity } from '../operations/record-activity.ts';
import { resume } from '../operations/resume.ts';
import { rewind } from '../operations/rewind.ts';
import { search } from '../operations/search.ts';
import { start } from '../operations/start.ts';
import { stats } from '../operations/stats.ts';
import { touch } from '../operations/touch.ts';
import { update } from '../operations/update.ts';
import { type WatchStep, watch } from '../operations/watch.ts';
import { watchExpiry } from '../operations/watch-expiry.ts';
import { requireScope } from './authenticate.ts';
import * as activity from './convert/activity.ts';
import * as context from './convert/context.ts';
import * as history from './convert/history.ts';
import * as lifecycle from './convert/lifecycle.ts';
import * as lookup from './convert/lookup.ts';
import * as found from './convert/search.ts';
import * as figures from './convert/stats.ts';
import * as summary from './convert/summary.ts';
import * as watched from './convert/watch.ts';
import { type Handlers, type Scopes, type ServedService, serve } from './handlers.ts';
import { withFarewell } from './with-farewell.ts';

/** Serves SessionService with an engine: each handler converts, calls its operation, and converts back. */
export function sessionService(engine: Engine): ServedService {
  return serve(SessionService, handlersOf(engine), SCOPES);
}

const SCOPES: Scopes<typeof SessionService> = {
  start: 'write',
  resume: 'write',
  get: 'read',
  list: 'read',
  touch: 'write',
  update: 'write',
  end: 'write',
  delete: 'write',
  rewind: 'write',
  clearMessages: 'write',
  addMessage: 'write',
  addMessages: 'write',
  listMessages: 'read',
  recordActivity: 'write',
  addSummary: 'write',
  buildContext: 'read',
  search: 'read',
  stats: 'read',
  watch: 'watch',
  watchExpiry: 'watch',
};

function handlersOf(engine: Engine): Handlers<typeof SessionService> {
  return {
    start: async (request, caller) =>
      lifecycle.startResponse(await start(engine, caller, lifecycle.startInput(request))),
    resume: async (request, caller, { isBinary }) =>
      lifecycle.resumeResponse(await resume(engine, caller, lifecycle.resumeInput(request)), isBinary),
    get: async (request, caller, { isBinary }) =>
      lookup.getResponse(await get(engine, caller, lookup.getInput(request)), isBinary),
    list: async (request, caller) => lookup.listResponse(await list(engine, caller, lookup.listInput(request))),
    touch: async (request, caller) =>
      lifecycle.touchResponse(await touch(engine, caller, lifecycle.touchInput(request))),
    update: async (request, caller) =>
      lifecycle.updateResponse(await update(engine, caller, lifecycle.updateInput(request))),
    end: async (request, caller) => lifecycle.endResponse(await end(engine, caller, lifecycle.endInput(request))),
    delete: async (request, caller) =>
      lifecycle.deleteResponse(await deleteSession(engine, caller, lifecycle.deleteInput(request))),
    rewind: async (request, caller, { isBinary }) =>
      history.rewindResponse(await rewind(engine, caller, history.rewindInput(request)), isBinary),
    clearMessages: async (request, caller) =>
      history.clearMessagesResponse(await clearMessages(engine, caller, history.clearMessagesInput(request))),
    addMessage: async (request, caller) =>
      history.addMessageResponse(await addMessage(engine, caller, history.addMessageInput(request))),
    addMessages: async (request, caller) =>
      history.addMessagesResponse(await addMessages(engine, caller, history.addMessagesInput(request))),
    listMessages: async (request, caller, { isBinary }) =>
      history.listMessagesResponse(await listMessages(engine, caller, history.listMessagesInput(request)), isBinary),
    recordActivity: async (request, caller) =>
      activity.recordActivityResponse(await recordActivity(engine, caller, activity.recordActivityInput(request))),
    addSummary: async (request, caller) =>
      summary.addSummaryResponse(await addSummary(engine, caller, summary.addSummaryInput(request))),
    buildContext: async (request, caller, { isBinary }) =>
      context.buildContextResponse(await buildContext(engine, caller, context.buildContextInput(request)), isBinary),
    search: async (request, caller) => found.searchResponse(await search(engine, caller, found.searchInput(request))),
    stats: async (request, caller) => {
      if (request.scope.case === 'instance') requireScope(caller.scopes, 'operator');
      return figures.statsResponse(await stats(engine, caller, figures.statsInput(request)));
    },
    watch: (request, caller, { isBinary }) => {
      const steps = watch(engine, caller, watched.watchInput(request));
      const tell = (step: WatchStep) => watched.watchResponse(step, isBinary);
      return withFarewell(steps, caller.signal, { tell, closing: watched.closing });
    },
    watchExpiry: (request, caller) => {
      const steps = watchExpiry(engine, caller, watched.watchExpiryInput(request));
      return withFarewell(steps, caller.signal, { tell: watched.watchExpiryResponse, closing: watched.closing });
    },
  };
}
