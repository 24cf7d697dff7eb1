import { SingleBar } from 'cli-progress';
import { type Terminal, writeLine } from './terminal.ts';

/** Progress shows how far a long command is, and what it has to tell. */
export interface Progress {
  /** How much of the total is done, and the number of things that people count. */
  update(state: { done: number; count: number }): void;
  /** Writes a line without disturbing what is shown. */
  tell(line: string): void;
  stop(): void;
}

const LINE_PAUSE_MS = 2000;

/** ProgressOptions says what is done; `total` 0 = not known, `things` is what people count: `conversations`. */
export interface ProgressOptions {
  total: number;
  things: string;
}

/** Shows a bar on a terminal that people look at, else a plain line every 2 s. */
export function showProgress(terminal: Terminal, options: ProgressOptions): Progress {
  return terminal.stderr.isTTY === true && options.total > 0
    ? showBar(terminal, options)
    : showLines(terminal, options);
}

function showBar({ stderr }: Terminal, { total, things }: ProgressOptions): Progress {
  const bar = new SingleBar({
    format: `{bar} {percentage} %  {count} ${things}  {eta_formatted} left`,
    stream: stderr,
    hideCursor: true,
    gracefulExit: false,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(total, 0, { count: 0 });
  return {
    update: ({ done, count }) => bar.update(done, { count }),
    tell(line) {
      stderr.write('\r\u001B[K');
      writeLine(stderr, line);
      bar.render();
    },
    stop: () => bar.stop(),
  };
}

function showLines({ stderr }: Terminal, { things }: ProgressOptions): Progress {
  let toldAt = performance.now();
  return {
    update({ count }) {
      if (performance.now() - toldAt < LINE_PAUSE_MS) return;
      toldAt = performance.now();
      writeLine(stderr, `${count} ${things}`);
    },
    tell: (line) => writeLine(stderr, line),
    stop: () => {},
  };
}
