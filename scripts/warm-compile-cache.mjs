import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Starts the service once, after the install, has it answer a call, and stops it, so that Node's compile cache holds its
// code and the first start is as fast as every other. Nothing depends on it: whatever goes wrong here is left to `npm
// start` to report.

const oldestNode = 24;

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-warm-'));
  const serve = ['bin/threadkeep.cjs', 'serve', '--port', '0', '--store', `sqlite:${join(folder, 'threadkeep.db')}`];
  const service = spawn(process.execPath, serve, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 });
  service.once('error', () => {});
  service.once('close', () => rmSync(folder, { recursive: true, force: true }));
  service.stdout.once('data', async (banner) => {
    await callList(`${banner}`).catch(() => {});
    service.kill('SIGTERM');
  });
}

/** Lists no sessions, over gRPC: the empty request is a frame of nothing. */
async function callList(banner) {
  const client = connect(/http:\S+/.exec(banner)[0]);
  const headers = { 'content-type': 'application/grpc', te: 'trailers' };
  const call = client.request({ ':method': 'POST', ':path': '/threadkeep.v1.SessionService/List', ...headers });
  call.end(Buffer.alloc(5)).resume();
  await once(call, 'close').finally(() => client.close());
}
