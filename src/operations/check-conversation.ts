import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNewSession } from '../model/checks/check-new-session.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { termsRequestOf } from '../model/checks/check-terms.ts';
import { checkPresent, checkUnicode } from '../model/checks/check-text.ts';
import { limitExceeded } from '../model/checks/refusals.ts';
import type { Conversation } from './conversation.ts';
import type { Engine } from './engine/engine.ts';

/** What the text of one summary holds at most, in bytes. */
const SUMMARY_BYTES_MAX = 1024 * 1024;

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless session and summaries are such as can be stored; messages are checked one by one. */
export function checkConversation({ settings: { limits } }: Engine, conversation: Conversation): void {
  const { sessionId, spec, messages, summaries } = conversation;
  checkSessionId('session.session_id', sessionId);
  checkNewSession('session.', spec, limits);
  termsRequestOf('session.', spec.terms);
  for (const [index, summary] of summaries.entries()) {
    const field = `summaries[${index}]`;
    const { firstSequence, lastSequence, text, tokenCount } = summary;
    checkNumber(`${field}.first_sequence`, firstSequence, { min: 1, max: messages.length });
    checkNumber(`${field}.last_sequence`, lastSequence, { min: firstSequence, max: messages.length });
    checkNumber(`${field}.token_count`, tokenCount);
    checkPresent(`${field}.text`, text);
    checkUnicode(`${field}.text`, text);
    const bytes = Buffer.byteLength(text);
    if (bytes > SUMMARY_BYTES_MAX)
      throw limitExceeded(`${field}.text`, { name: 'summary_bytes', value: bytes, max: SUMMARY_BYTES_MAX });
  }
}
