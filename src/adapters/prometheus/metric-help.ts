/** What each metric of the service means, by name; docs/operations.md is made from it. */
export const METRIC_HELP: Readonly<Record<string, string>> = {
  threadkeep_rpc_calls_total: 'Calls that were answered, by method, code and reason.',
  threadkeep_rpc_duration_seconds: 'Time from the arrival of a call to its end, by method.',
  threadkeep_commits_total: 'Commits that were sent to the store, by outcome.',
  threadkeep_commit_calls: 'Calls that one commit carried.',
  threadkeep_session_events_total: 'Events that were logged, by kind.',
  threadkeep_sweep_failures_total: 'Sessions that the sweeper could not decide.',
  threadkeep_sweeper_backlog: 'Sessions that are due and not swept yet, counted once a minute.',
  threadkeep_clock_offset_seconds: "How far this machine's wall clock is ahead of a shared store's clock.",
  threadkeep_store_away: '1 while a shared store is known to be away, else 0.',
  threadkeep_outbox_age_seconds: 'Age of the oldest events that a commit left for later; 0 = all are in the log.',
  threadkeep_mongodb_connections: 'Connections to MongoDB, by state: open, and of those busy.',
  threadkeep_mongodb_connection_failures_total: 'Connections to MongoDB that could not be had, by reason.',
  threadkeep_mongodb_failures_total:
    'Operations that MongoDB did not answer, by operation and cause; reads are then refused, writes decided again.',
  threadkeep_mongodb_retries_total:
    'Reads that were repeated on another connection because theirs was broken, by operation.',
  threadkeep_cache_loads_total:
    'Loads of sessions, by layer of the cache and outcome: hit, miss, stale (older than wanted), partial (lacked something).',
  threadkeep_cache_calls_total:
    'Calls to the shared cache, by operation and outcome: hit, miss, put, timeout, error; down and refused were not sent.',
  threadkeep_cache_call_seconds: 'Time that the shared cache took, by operation.',
  threadkeep_watchers: 'Open streams of Watch and WatchExpiry.',
};
