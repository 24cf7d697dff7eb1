import { expect, test } from 'vitest';
import { requireTool } from '../../support/require.ts';
import { runSuite, SUITE_VERSION, type SuiteRun } from './run-suite.ts';

const INSTALL = `go install connectrpc.com/conformance/cmd/connectconformance@${SUITE_VERSION}`;

const LONG = { timeout: 300_000 };

const runs: (SuiteRun & { casesMin: number })[] = [
  // TLS is Node's, below all that is ours, and would double the time.
  { server: 'lane-on', run: [], skip: ['**/TLS:true/**'], casesMin: 1700 },
  // What the lane would take; all else is served in the same way with it and without it.
  {
    server: 'lane-off',
    run: [
      ...['unary', 'server-stream'].map((kind) => `**/Compression:COMPRESSION_IDENTITY/TLS:false/${kind}/**`),
      '*/*/TLS:false/**',
    ],
    skip: [],
    casesMin: 600,
  },
];

test.for(runs)('connectconformance finds no fault in the port with $server', LONG, async (given, context) => {
  requireTool(context, 'go', 'https://go.dev/doc/install');
  const program = requireTool(context, 'connectconformance', INSTALL);
  const { passed, failed, printed } = await runSuite(program, given);
  expect(failed, printed).toBe(0);
  expect(passed, printed).toBeGreaterThan(given.casesMin);
});
