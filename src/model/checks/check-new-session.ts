import type { SessionSpec } from '../call.ts';
import type { Limits } from '../limits.ts';
import { checkAgentId } from './check-id.ts';
import { checkLabels } from './check-labels.ts';
import { checkNumber } from './check-number.ts';
import { checkMetadata, checkState } from './check-struct.ts';
import { checkName, checkText } from './check-text.ts';

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless a session can be made so; `prefix` stands before the field names. */
export function checkNewSession(prefix: string, spec: Omit<SessionSpec, 'terms' | 'ifExists'>, limits: Limits): void {
  checkName(`${prefix}user_id`, spec.userId);
  checkAgentId(`${prefix}agent_id`, spec.agentId);
  checkName(`${prefix}channel`, spec.channel);
  checkName(`${prefix}conversation_key`, spec.conversationKey);
  checkText(`${prefix}title`, spec.title, TITLE_LENGTH_MAX);
  checkLabels(`${prefix}labels`, spec.labels, limits);
  checkMetadata(`${prefix}metadata`, spec.metadata, limits);
  checkState(`${prefix}state`, spec.state, limits);
  checkName(`${prefix}model`, spec.model);
  checkNumber(`${prefix}token_limit`, spec.tokenLimit);
}

/** What a title holds at most, in characters. */
export const TITLE_LENGTH_MAX = 256;

/** What the error text of a session or of an activity holds at most, in characters. */
export const ERROR_LENGTH_MAX = 4096;
