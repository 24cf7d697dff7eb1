import { BSON, type Document } from 'mongodb';
import { startTcpProxy } from './tcp-proxy.ts';

/** SentCommand is a command as a client sent it: a round trip. */
export interface SentCommand {
  /** `find`, `findAndModify`, `insert` … */
  name: string;
  database: string;
  /** The collection that it is about. */
  target: string;
  /** True = it opens or follows a change stream, which no call waits for. */
  isFollowing: boolean;
  /** The command as it was sent. */
  document: Document;
}

/** CommandTap stands between clients and a MongoDB and reads what they send off the wire. */
export interface CommandTap {
  /** The loopback port that stands for the server. */
  readonly port: number;
  /** Answers what was sent to a database since the last time, in order; how clients look after servers is left out. */
  take(database: string): SentCommand[];
  close(): Promise<void>;
}

// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const HEADER_BYTES = 16;
const OP_MSG = 2013;
const BODY_AT = HEADER_BYTES + 5;

/** Starts a tap in front of a MongoDB that is spoken to without TLS and compression. */
export async function startCommandTap(server: { port: number; host?: string }): Promise<CommandTap> {
  let sent: SentCommand[] = [];
  const proxy = await startTcpProxy({
    ...server,
    listenIn: () => messageReader((command) => sent.push(command)),
  });
  return {
    port: proxy.port,
    take: (database) => {
      const taken = sent.filter((command) => command.database === database);
      sent = [];
      return taken;
    },
    close: proxy.close,
  };
}

function messageReader(onCommand: (command: SentCommand) => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0);
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    while (unread.length >= HEADER_BYTES && unread.length >= unread.readInt32LE(0)) {
      const message = unread.subarray(0, unread.readInt32LE(0));
      if (message.readInt32LE(12) === OP_MSG) onCommand(commandIn(message));
      unread = unread.subarray(message.length);
    }
  };
}

/** The first section is the command's own document, whose first field is its name. */
function commandIn(message: Buffer): SentCommand {
  const length = message.readInt32LE(BODY_AT);
  const document: Document = BSON.deserialize(message.subarray(BODY_AT, BODY_AT + length));
  const [[name, target] = ['', '']] = Object.entries(document);
  // Of the cursors only those of change streams wait on the server.
  const isFollowing = name === 'getMore' ? 'maxTimeMS' in document : '$changeStream' in (document.pipeline?.[0] ?? {});
  return { name, database: String(document.$db), target: String(target), isFollowing, document };
}
