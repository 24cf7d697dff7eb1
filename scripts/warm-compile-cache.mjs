import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Starts and stops the service once, after the install, so that Node's compile cache holds its code and the first start
// is as fast as every other. Nothing depends on it: whatever goes wrong here is left to `npm start` to report.

const oldestNode = 24;

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-warm-'));
  const serve = ['src/main.ts', 'serve', '--port', '0', '--store', `sqlite:${join(folder, 'threadkeep.db')}`];
  const service = spawn(process.execPath, serve, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 });
  service.stdout.once('data', () => service.kill('SIGTERM'));
  service.once('close', () => rmSync(folder, { recursive: true, force: true }));
  service.once('error', () => {});
}
