import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONVERSATION_MESSAGES, conversationLines } from './support/conversation-lines.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import type { Report } from './support/report.ts';
import { runToEnd } from './support/run-to-end.ts';
import { withScratch } from './support/scratch.ts';

/** Measures `threadkeep import` into a SQLite file, in turns with a program that inserts the same lines into a bare one. */
export const measure: Measure = ({ quick }) =>
  withScratch('import', async ({ folder }) => {
    const [rounds, conversations] = quick ? [2, 200] : [5, 1500];
    const lines = join(folder, 'conversations.jsonl');
    await writeFile(lines, conversationLines(conversations));
    const pairs: { imported: number; bare: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const target = join(folder, 'target');
      const rateOf = async (...command: [string, ...string[]]) => {
        await mkdir(target);
        const tookMs = await runToEnd(...command);
        await rm(target, { recursive: true });
        return (1000 * conversations * CONVERSATION_MESSAGES) / tookMs;
      };
      const bareInserts = fileURLToPath(new URL('./support/bare-inserts.ts', import.meta.url));
      const bare = await rateOf(bareInserts, lines, join(target, 'bare.db'));
      const store = `sqlite:${join(target, 'threadkeep.db')}`;
      const imported = await rateOf('bin/threadkeep.cjs', 'import', '--store', store, lines);
      pairs.push({ imported, bare });
    }
    return reportOf(pairs, conversations);
  });

function reportOf(pairs: readonly { imported: number; bare: number }[], conversations: number): Report {
  return {
    title: 'Import',
    method:
      `threadkeep import of ${conversations.toLocaleString('en')} conversations of ${CONVERSATION_MESSAGES} messages of 370 bytes into an ` +
      'empty SQLite file (durable, with full text, events and checks), from the start of the process to its end; in turns ' +
      'with a program that inserts the same lines into a bare table, as durably, 16 conversations to a transaction.',
    figures: [
      {
        name: 'threadkeep import',
        at: { store: 'SQLite' },
        value: median(pairs.map(({ imported }) => imported)),
        unit: 'messages/s',
        reference: {
          name: 'bare inserts',
          value: median(pairs.map(({ bare }) => bare)),
          ratio: median(pairs.map(({ imported, bare }) => imported / bare)),
        },
      },
    ],
    plots: [],
  };
}
