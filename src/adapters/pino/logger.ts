import { type DestinationStream, destination, pino } from 'pino';
import type { Logger } from '../../ports/logger.ts';

/** PinoLoggerOptions: `level` is the least important that is written; `to` defaults to standard error. */
export interface PinoLoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  to?: DestinationStream;
}

/** Makes a logger that writes one JSON object a line, with `level` as a word and `time` in ISO 8601. */
export function createPinoLogger({ level, to }: PinoLoggerOptions): Logger {
  const options = {
    level,
    base: null,
    messageKey: 'line',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
  };
  return pino(options, to ?? destination({ dest: 2, sync: true }));
}
