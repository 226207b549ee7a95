import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/host/logger.js';
import { kernelErrors } from '../../src/kernel/errors.js';

function logs(json: boolean, write: (logger: ReturnType<typeof createLogger>) => void, logLevel: 'debug' | 'info' | 'warn' = 'info'): string[] {
  const lines: string[] = [];
  write(createLogger({ logLevel, json }, { write: (line) => lines.push(line) }));
  return lines;
}

describe('the log', () => {
  test('a JSON line holds level, time, message and the fields of all ancestors', () => {
    const [line = ''] = logs(true, (logger) => logger.child({ provider: 'receiver/otlp' }).warn('full', { points: 3 }));
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', message: 'full', provider: 'receiver/otlp', points: 3, time: expect.stringMatching(/T.*Z$/) });
  });

  test('lower levels are left out', () => {
    const write = (logger: ReturnType<typeof createLogger>): void => {
      logger.debug('a');
      logger.info('b');
      logger.error('c');
    };
    expect(logs(true, write, 'warn')).toHaveLength(1);
  });

  test('an error keeps code, cure and causes', () => {
    const cause = new Error('outer', { cause: new Error('inner') });
    const error = kernelErrors.METERLARK_KERNEL_START_FAILED({ provider: 'a/b', reason: 'x' }, cause);
    const [line = ''] = logs(true, (logger) => logger.error('failed', { error }));
    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'METERLARK_KERNEL_START_FAILED', cause: { message: 'outer', cause: { message: 'inner' } } },
    });
  });

  test('an error that is its own cause ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logs(true, (logger) => logger.error('failed', { error }))).toHaveLength(1);
  });

  test('a line of text carries the same', () => {
    const [line] = logs(false, (logger) => logger.info('ready', { grpc: 11800, name: 'x' }));
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}ready grpc=11800 name=x\n$/);
  });

  test('a line break in a message or field does not make a second JSON line', () => {
    const [line = ''] = logs(true, (logger) => logger.info('a\nb', { c: 'd\ne' }));
    expect(line.trimEnd()).not.toContain('\n');
  });
});
