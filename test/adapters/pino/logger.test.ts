import { expect, test } from 'vitest';
import { createPinoLogger } from '../../../src/adapters/pino/logger.ts';

function linesOf(level: 'debug' | 'warn' | 'silent', log: (logger: ReturnType<typeof createPinoLogger>) => void) {
  const written: string[] = [];
  log(createPinoLogger({ level, to: { write: (line) => written.push(line) } }));
  return written.map((line) => JSON.parse(line));
}

test('createPinoLogger: a line is one JSON object with level, time, facts and text', () => {
  const [line] = linesOf('debug', (logger) => logger.info({ requestId: 'r-1' }, 'call refused'));
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    requestId: 'r-1',
    line: 'call refused',
  });
});

test('createPinoLogger: lines below its level are not written', () => {
  const lines = linesOf('warn', (logger) => {
    logger.debug({}, 'a');
    logger.info({}, 'b');
    logger.warn({}, 'c');
    logger.error({}, 'd');
  });
  expect(lines.map(({ line }) => line)).toEqual(['c', 'd']);
  expect(linesOf('silent', (logger) => logger.error({}, 'a'))).toEqual([]);
});

test('createPinoLogger: an error is written with its stack and its cause', () => {
  const error = new Error('commit failed', { cause: new Error('disk full') });
  const [line] = linesOf('debug', (logger) => logger.error({ error }, 'call failed'));
  expect(line.error).toMatchObject({ message: 'commit failed', cause: { message: 'disk full' } });
  expect(line.error.stack).toContain('logger.test.ts');
});
