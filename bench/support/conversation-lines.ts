/** Returns JSON Lines of so many conversations in chat-completions form, each of 20 messages of 370 bytes. */
export function conversationLines(count: number): string {
  const messages = Array.from({ length: CONVERSATION_MESSAGES }, (_, place) => ({
    role: place % 2 === 0 ? 'user' : 'assistant',
    content: text,
  }));
  const lines = Array.from({ length: count }, (_, place) => JSON.stringify({ id: `conversation-${place}`, messages }));
  return `${lines.join('\n')}\n`;
}

/** How many messages a conversation has. */
export const CONVERSATION_MESSAGES = 20;

const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);
