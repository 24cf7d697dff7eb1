import type { StoredMessage } from '../../model/message.ts';

/** How many of the newest messages an entry holds at most, and how many bytes of their bodies. */
const MESSAGES_MAX = 32;
const BYTES_MAX = 64 * 1024;

/** Returns what an entry holds of a session's last messages: a run up to the last; null when not even that one fits. */
export function newestOf(messages: readonly StoredMessage[]): readonly StoredMessage[] | null {
  let first = messages.length;
  let bytes = 0;
  while (first > 0 && messages.length - first < MESSAGES_MAX) {
    bytes += messages[first - 1]!.body.byteLength;
    if (bytes > BYTES_MAX) break;
    first -= 1;
  }
  return first === messages.length && first > 0 ? null : messages.slice(first);
}

/** Returns a message whose body is no window on a request of many MiB, which an entry must not keep alive. */
export function withOwnBody(message: StoredMessage): StoredMessage {
  const { body } = message;
  return body.byteLength === body.buffer.byteLength ? message : { ...message, body: new Uint8Array(body) };
}
