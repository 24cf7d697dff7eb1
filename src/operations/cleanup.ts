/** CleanupInput asks to delete sessions that have been EXPIRED or ENDED for longer than `olderThanMs` (null = not given). */
export interface CleanupInput {
  olderThanMs: number | null;
  dryRun: boolean;
  /** None = all. */
  sessionIds: string[];
}

/** CleanupAnswer counts what was deleted, or would be. */
export interface CleanupAnswer {
  sessionsDeleted: number;
  messagesDeleted: number;
  /** True when there are further sessions to delete. */
  more: boolean;
}
