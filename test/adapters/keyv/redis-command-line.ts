import { createClient } from '@keyv/redis';

/** Sends one command to the Redis on a loopback port. */
export async function sendRedis(port: number, ...words: string[]): Promise<void> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  await client.sendCommand(words);
  await client.close();
}
