import type { Document } from 'mongodb';
import type { SentCommand } from '../../test/support/servers/command-tap.ts';

/** AppendTemplate is what the service sends for one append, and the document on which it does: EJSON texts. */
export interface AppendTemplate {
  session: string;
  query: string;
  update: string;
}

/** Returns the only append among commands that the service sent. */
export function appendIn(commands: readonly SentCommand[]): { query: Document; update: Document } {
  const appends = commands.filter(({ name, document }) => name === 'findAndModify' && document.update?.$push?.tail);
  const [append] = appends;
  if (append === undefined || appends.length > 1) throw new Error(`the service sent ${appends.length} appends for one`);
  return { query: append.document.query, update: append.document.update };
}
