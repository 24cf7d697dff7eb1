import { SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal.ts';
import { writeLine } from '../terminal.ts';

/** Progress shows how far an import is, and what it has to tell. */
export interface Progress {
  /** Bytes read of all the files, and conversations done. */
  update(state: { bytesRead: number; conversations: number }): void;
  /** Writes a line without disturbing what is shown. */
  tell(line: string): void;
  stop(): void;
}

const LINE_PAUSE_MS = 2000;

/** Shows a bar on a terminal that people look at, else a plain line every 2 s; `bytesTotal` 0 = not known. */
export function showProgress(terminal: Terminal, bytesTotal: number): Progress {
  return terminal.stderr.isTTY === true && bytesTotal > 0 ? showBar(terminal, bytesTotal) : showLines(terminal);
}

function showBar({ stderr }: Terminal, bytesTotal: number): Progress {
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {conversations} conversations  {eta_formatted} left',
    stream: stderr,
    hideCursor: true,
    gracefulExit: false,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(bytesTotal, 0, { conversations: 0 });
  return {
    update: ({ bytesRead, conversations }) => bar.update(bytesRead, { conversations }),
    tell(line) {
      stderr.write('\r\u001B[K');
      writeLine(stderr, line);
      bar.render();
    },
    stop: () => bar.stop(),
  };
}

function showLines({ stderr }: Terminal): Progress {
  let toldAt = performance.now();
  return {
    update({ conversations }) {
      if (performance.now() - toldAt < LINE_PAUSE_MS) return;
      toldAt = performance.now();
      writeLine(stderr, `${conversations} conversations`);
    },
    tell: (line) => writeLine(stderr, line),
    stop: () => {},
  };
}
