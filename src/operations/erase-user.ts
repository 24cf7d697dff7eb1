/** EraseUserInput names the user to forget. */
export interface EraseUserInput {
  userId: string;
}

/** EraseUserAnswer is the receipt. */
export interface EraseUserAnswer {
  receiptId: string;
  sessionsDeleted: number;
  messagesDeleted: number;
  eventsBlanked: number;
  erasedAt: number;
}
