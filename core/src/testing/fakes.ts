/** Fakes of the ambient services, so that tests own time and see what was logged and counted. */
import type { Clock, Counter, Gauge, LogFields, Logger, MetricLabels, SelfMetrics } from '../kernel/ambient.js';

export class ManualClock implements Clock {
  constructor(private current: number) {}

  now(): number {
    return this.current;
  }

  set(timeMs: number): void {
    this.current = timeMs;
  }

  advance(milliseconds: number): void {
    this.current += milliseconds;
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps every line; children write into the same list with their fields added. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly inherited: LogFields = {},
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.keep('debug', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.keep('info', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.keep('warn', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.keep('error', message, fields);
  }
  child(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.inherited, ...fields });
  }

  private keep(level: LogLine['level'], message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields: { ...this.inherited, ...fields } });
  }
}

/** Counts by name and labels; `value` reads what a scrape would show. */
export class RecordingMetrics implements SelfMetrics {
  private readonly values = new Map<string, number>();
  private readonly reads = new Map<string, () => number>();

  counter(name: string): Counter {
    return {
      add: (value = 1, labels = {}) => {
        const key = keyOf(name, labels);
        this.values.set(key, (this.values.get(key) ?? 0) + value);
      },
    };
  }

  gauge(name: string): Gauge {
    return { set: (value, labels = {}) => void this.values.set(keyOf(name, labels), value) };
  }

  observe(name: string, _help: string, read: () => number): void {
    this.reads.set(name, read);
  }

  /** 0 for what was never counted. */
  value(name: string, labels: MetricLabels = {}): number {
    return this.reads.get(name)?.() ?? this.values.get(keyOf(name, labels)) ?? 0;
  }
}

function keyOf(name: string, labels: MetricLabels): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
