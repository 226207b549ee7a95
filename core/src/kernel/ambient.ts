/** Services the host gives to every provider without a `requires`. */
import { serviceToken } from './token.js';

export type LogFields = Readonly<Record<string, unknown>>;

/** Facts as a constant message with the data in fields; nothing per datum. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}
export const Logger = serviceToken<Logger>('host.Logger');

export type MetricLabels = Readonly<Record<string, string>>;

export interface Counter {
  add(value?: number, labels?: MetricLabels): void;
}
export interface Gauge {
  set(value: number, labels?: MetricLabels): void;
}

/**
 * The server's own metrics, shown as Prometheus text on the admin port. Names are `meterlark_…` with
 * the unit as suffix (`_total`, `_seconds`, `_bytes`). Asking twice for one name gives the same metric.
 */
export interface SelfMetrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  /** Read when scraped: a counter when the name ends in `_total`, else a gauge. */
  observe(name: string, help: string, read: () => number): void;
}
export const SelfMetrics = serviceToken<SelfMetrics>('host.SelfMetrics');

/** The wall clock, injected so that tests own time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}
export const Clock = serviceToken<Clock>('host.Clock');

/** Facts about this process that never change. */
export interface ProcessInfo {
  readonly version: string;
  readonly startedAtMs: number;
  /** Folder that relative paths in settings refer to. */
  readonly rootFolder: string;
}
export const ProcessInfo = serviceToken<ProcessInfo>('host.ProcessInfo');

/** Everything the `SelfMetrics` of this process hold, as Prometheus text for the admin port. */
export interface MetricsExposition {
  readonly contentType: string;
  text(): Promise<string>;
}
export const MetricsExposition = serviceToken<MetricsExposition>('host.MetricsExposition');
