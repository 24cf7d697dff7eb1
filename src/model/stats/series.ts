/** SeriesBucket is one bucket of a time series; it ends where the next begins. */
export interface SeriesBucket {
  startAt: number;
  sessionsCreated: number;
  sessionsCompleted: number;
  sessionsFailed: number;
  sessionsExpired: number;
  messageCount: number;
  inputTokens: number;
  outputTokens: number;
}
