/** What each metric of the service means, by name; docs/operations.md is made from it. */
export const METRIC_HELP: Readonly<Record<string, string>> = {
  threadkeep_rpc_calls_total: 'Calls that were answered, by method, code and reason.',
  threadkeep_rpc_duration_seconds: 'Time from the arrival of a call to its end, by method.',
  threadkeep_commits_total: 'Commits that were sent to the store, by outcome.',
  threadkeep_commit_calls: 'Calls that one commit carried.',
  threadkeep_session_events_total: 'Events that were logged, by kind.',
  threadkeep_sweep_failures_total: 'Sessions that the sweeper could not decide.',
  threadkeep_watchers: 'Open streams of Watch and WatchExpiry.',
};
