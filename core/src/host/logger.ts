/** Logs by pino to stderr: JSON lines for machines, plain lines for a terminal. */
import { pino } from 'pino';
import type { LogFields, Logger } from '../kernel/ambient.js';
import { isMeterlarkError } from '../kernel/error.js';
import type { HostSettings } from './host-settings.js';

export interface LogTarget {
  write(line: string): unknown;
}

const maxCauses = 5;

export function createLogger(settings: Pick<HostSettings, 'logLevel'> & { readonly json: boolean }, target: LogTarget): Logger {
  const options: pino.LoggerOptions = {
    level: settings.logLevel,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    messageKey: 'message',
    formatters: { level: (level) => ({ level }) },
    serializers: { error: describeError, cause: describeError, reason: describeError },
  };
  return new PinoLogger(pino(options, settings.json ? { write: (line) => target.write(line) } : textStream(target)));
}

class PinoLogger implements Logger {
  constructor(private readonly inner: pino.Logger) {}

  debug(message: string, fields: LogFields = {}): void {
    this.inner.debug(fields, message);
  }
  info(message: string, fields: LogFields = {}): void {
    this.inner.info(fields, message);
  }
  warn(message: string, fields: LogFields = {}): void {
    this.inner.warn(fields, message);
  }
  error(message: string, fields: LogFields = {}): void {
    this.inner.error(fields, message);
  }
  child(fields: LogFields): Logger {
    return new PinoLogger(this.inner.child(fields));
  }
}

/** Code, cure and causes of an error; anything else passes as it is. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause === undefined || depth >= maxCauses ? undefined : describeError(error.cause, depth + 1);
  const errors = error instanceof AggregateError && depth < maxCauses ? (error.errors as unknown[]).map((inner) => describeError(inner, depth + 1)) : undefined;
  if (isMeterlarkError(error)) return { code: error.code, message: error.message, cure: error.cure, cause };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, code, message: error.message, errors, cause, stack: error.stack };
}

function textStream(target: LogTarget): LogTarget {
  return { write: (line) => target.write(`${toText(line)}\n`) };
}

function toText(line: string): string {
  const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(message)}${rest.join('')}`;
}
