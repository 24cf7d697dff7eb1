import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quotedExamples, quoteExamples } from '../../scripts/docs/quote-examples.ts';
import { requireTool } from '../support/require.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

const PRINTED_ADDRESS = '127.0.0.1:7420';
const GRPCURL = 'go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4';
const readme = readFileSync('README.md', 'utf8');

let service: ServiceProcess;

beforeAll(async () => {
  const flags = ['--store', 'memory:', '--log-level', 'error'];
  // Where something else has the port that is printed, the examples are run with the one that is free.
  service = await startServiceProcess([...flags, '--port', '7420']).catch(() => startServiceProcess(flags));
});

afterAll(() => service.stop());

/** Runs an example as it is quoted, and answers what it prints. */
function runExample(path: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const text = readFileSync(path, 'utf8').replaceAll(PRINTED_ADDRESS, new URL(service.baseUrl).host);
  const fromRoot = text.replaceAll(`'../gen/`, `'${process.cwd()}/gen/`);
  const [program, ...before] = path.endsWith('.ts')
    ? [process.execPath, '--input-type=module-typescript', '--eval', fromRoot]
    : ['bash', '-c', text];
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, before);
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        printed[name] += chunk;
      });
    }
    child.on('error', reject).on('close', (code) => resolve({ code, ...printed }));
  });
}

test('README: quotes the examples as they are', () => {
  expect(quotedExamples(readme).length).toBeGreaterThan(0);
  expect(quoteExamples(readme)).toBe(readme);
});

test('README: the conversation with grpcurl works as printed', async (context) => {
  requireTool(context, 'grpcurl', GRPCURL);
  const { code, stdout, stderr } = await runExample('examples/conversation-grpcurl.sh');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('threadkeep.v1.SessionService\n');
  expect(stdout).toContain('.threadkeep.v1.Message message = 4;');
  expect(stdout).toContain('"created": true');
  expect(stdout).toContain('"sequence": 1,');
  expect(stdout).toMatch(/"rendered": ".*I need a flight to Oslo\..*"/);
});

test('README: the watch with grpcurl shows a session expire', async (context) => {
  requireTool(context, 'grpcurl', GRPCURL);
  const { stdout } = await runExample('examples/watch-expiry-grpcurl.sh');
  expect(stdout).toContain('"opened": {}');
  expect(stdout).toContain('"kind": "SESSION_EVENT_KIND_EXPIRED"');
});

test('README: the error with grpcurl prints its details as printed', async (context) => {
  requireTool(context, 'grpcurl', GRPCURL);
  const { code, stderr } = await runExample('examples/error-grpcurl.sh');
  const printed = /```\n(ERROR:\n.*?)```/s.exec(readme)?.[1];
  expect(code).not.toBe(0);
  expect(stderr).toContain(printed);
});

test('README: the conversation with curl works as printed', async (context) => {
  requireTool(context, 'curl', 'install it with the system');
  const { code, stdout } = await runExample('examples/conversation-curl.sh');
  expect(code).toBe(0);
  expect(stdout).toContain('"created":true');
  expect(stdout).toContain('"sequence":1,');
  expect(stdout).toMatch(/"rendered":".*I need a flight to Oslo\..*"/);
});

test('README: the conversation in TypeScript works as printed', async () => {
  const { code, stdout, stderr } = await runExample('examples/conversation.ts');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\d+ tokens: \[ \{ role: 'user', content: 'I need a flight to Oslo\.' \} \]\n$/);
});

test('README: the watch in TypeScript ends with the session', async () => {
  const { code, stdout, stderr } = await runExample('examples/watch-expiry.ts');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/SESSION_EVENT_KIND_EXPIRED \S+\n$/);
});
