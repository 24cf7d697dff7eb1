/** Figure is one measured number, beside the reference of the same run. */
export interface Figure {
  /** What was measured: `AddMessage, durable`. */
  name: string;
  /** What it differs by from the figures beside it, in the order of columns: `{ protocol: 'gRPC', streams: 64 }`. */
  at: Readonly<Record<string, string | number>>;
  /** The median of the rounds. */
  value: number;
  unit: 'calls/s' | 'ms' | 'µs' | 'KiB' | 'MiB' | 'messages/s' | 'sessions/s' | 'turns/s' | 'times';
  /** What it is held against, measured in turns with it; `ratio` is the median of each round's value ÷ reference. */
  reference?: { name: string; value: number; ratio: number };
  /** The bound that the figure (or its ratio) is to keep. */
  wanted?: { of: 'value' | 'ratio'; atLeast: number } | { of: 'value' | 'ratio'; atMost: number };
}

/** Plot is a picture of figures: a line for each series, over one of the conditions. */
export interface Plot {
  title: string;
  /** The condition along the axis, as it is named in `at`. */
  along: string;
  /** The conditions that tell series apart; the figure's name always does. */
  series: readonly string[];
  /** What is drawn. */
  of: 'value' | 'ratio';
  figures: readonly Figure[];
}

/** Report is what one measurement came to. */
export interface Report {
  title: string;
  /** What was measured, how, and against what, in a few sentences. */
  method: string;
  figures: Figure[];
  plots: Plot[];
}
