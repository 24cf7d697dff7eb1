import type { Limits } from '../limits.ts';
import type { FilePart, Message, Part } from '../message.ts';
import { checkNumber } from './check-number.ts';
import { checkMetadata } from './check-struct.ts';
import { checkName, checkPresent, checkUnicode } from './check-text.ts';
import { invalidField } from './refusals.ts';

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless a message is whole; `field` is where it stands in the request. */
export function checkMessage(field: string, message: Message, limits: Limits): void {
  checkName(`${field}.message_id`, message.messageId);
  checkName(`${field}.turn_id`, message.turnId);
  checkName(`${field}.author`, message.author);
  checkName(`${field}.model`, message.model);
  checkNumber(`${field}.token_count`, message.tokenCount);
  if (message.metadata !== undefined) checkMetadata(`${field}.metadata`, message.metadata, limits);
  if (message.native !== undefined) {
    checkPresent(`${field}.native.format`, message.native.format);
    checkUnicode(`${field}.native.json`, message.native.json);
  }
  for (const [index, part] of message.parts.entries()) checkPart(`${field}.parts[${index}]`, part);
}

function checkPart(field: string, part: Part): void {
  checkUnicode(`${field}.part_id`, part.partId ?? '');
  checkUnicode(`${field}.provider_data`, part.providerData ?? '');
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      checkUnicode(`${field}.${part.kind}`, part.text);
      break;
    case 'toolCall':
      checkPresent(`${field}.tool_call.id`, part.id);
      checkPresent(`${field}.tool_call.name`, part.name);
      checkName(`${field}.tool_call.name`, part.name);
      checkUnicode(`${field}.tool_call`, part.id + part.arguments);
      break;
    case 'toolResult':
      checkToolResult(`${field}.tool_result`, part);
      break;
    case 'file':
      checkFile(`${field}.file`, part);
      break;
    case 'data':
      checkUnicode(`${field}.data`, part.type + part.json);
  }
}

function checkToolResult(field: string, result: Extract<Part, { kind: 'toolResult' }>): void {
  checkPresent(`${field}.call_id`, result.callId);
  checkName(`${field}.name`, result.name);
  checkUnicode(field, result.callId + result.content);
  for (const [index, part] of result.parts.entries()) {
    if (part.kind !== 'text' && part.kind !== 'file' && part.kind !== 'data')
      throw invalidField(
        `${field}.parts[${index}]`,
        'is no text, file or data',
        'send only these inside a tool result',
      );
    checkPart(`${field}.parts[${index}]`, part);
  }
}

function checkFile(field: string, file: FilePart): void {
  checkPresent(`${field}.mime_type`, file.mimeType);
  checkUnicode(field, file.mimeType + file.filename + (file.uri ?? ''));
  if (file.data === undefined && (file.uri ?? '') === '')
    throw invalidField(`${field}.source`, 'is missing', 'set uri or data');
}
