import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median } from './median.ts';

/** Measures what a durable write costs here at least: the p50 of 512 bytes and fdatasync, in ms. */
export async function measureBareSync(folder: string, rounds: number): Promise<number> {
  const file = await open(join(folder, 'bare'), 'a');
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    await file.write(Buffer.alloc(512));
    await file.datasync();
    times.push(performance.now() - startedAt);
  }
  await file.close();
  return median(times);
}

/** Measures what a call costs here at least: the p50 of an echo of 370 bytes over node:http2, in ms. */
export async function measureBareCall(rounds: number): Promise<number> {
  const server = createServer().on('stream', (stream) => {
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const stream = session.request({ ':method': 'POST', ':path': '/echo' });
    stream.end(Buffer.alloc(370));
    for await (const _ of stream);
    times.push(performance.now() - startedAt);
  }
  session.close();
  server.close();
  return median(times);
}
