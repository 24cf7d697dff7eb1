/** Fault is one thing wrong with the configuration: where it was given, with what value (null = none to show), and why. */
export interface Fault {
  /** As the user wrote it: `--port`, `THREADKEEP_PORT`, `threadkeep.json: port`. */
  source: string;
  value: string | null;
  /** What is wrong and the remedy, in one phrase. */
  message: string;
}

/** ConfigurationError holds every fault of a configuration at once; its message has one line for each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(lineOf).join('\n'));
    this.faults = faults;
  }
}

function lineOf({ source, value, message }: Fault): string {
  return `${source}${value === null ? '' : `=${JSON.stringify(value)}`}: ${message}`;
}
