import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a script of Node to its end and returns how long that took, in ms; throws where it fails. */
export async function runToEnd(script: string, ...scriptArguments: string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...scriptArguments], { stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with code ${code}:\n${printed}`);
  return performance.now() - startedAt;
}
