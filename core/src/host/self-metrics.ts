/** The server's own metrics by prom-client, in a registry of their own so that two hosts in one process do not mix. */
import { collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Registry } from 'prom-client';
import type { Counter, Gauge, MetricLabels, MetricsExposition, SelfMetrics } from '../kernel/ambient.js';
import { hostErrors } from './errors.js';

/** Label sets per metric; whatever exceeds it is counted under `_overflow`. */
const maxLabelSets = 1_000;

interface Known {
  readonly shape: string;
  readonly metric: Counter | Gauge | undefined;
}

export class PrometheusSelfMetrics implements SelfMetrics, MetricsExposition {
  private readonly registry = new Registry();
  private readonly known = new Map<string, Known>();
  private readonly reads = new Map<string, () => number>();

  /** Adds what Node itself measures: memory, event-loop lag, garbage collection. For the one host of a process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return this.once(name, shapeOf('counter', labelNames), () => {
      const counter = new PromCounter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
      const bounded = boundedLabels(labelNames);
      return { add: (value = 1, labels?: MetricLabels) => counter.inc(bounded(labels), value) };
    });
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return this.once(name, shapeOf('gauge', labelNames), () => {
      const gauge = new PromGauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
      const bounded = boundedLabels(labelNames);
      return { set: (value: number, labels?: MetricLabels) => gauge.set(bounded(labels), value) };
    });
  }

  observe(name: string, help: string, read: () => number): void {
    // Asked again, the newer reader wins: the old one belonged to something that has been replaced.
    this.reads.set(name, read);
    this.once(name, 'observed', () => {
      const now = (): number => this.reads.get(name)?.() ?? 0;
      const base = { name, help, registers: [this.registry] };
      if (name.endsWith('_total')) new PromCounter({ ...base, collect: setCounter(now) });
      else new PromGauge({ ...base, collect: setGauge(now) });
      return undefined;
    });
  }

  private once<T extends Counter | Gauge | undefined>(name: string, shape: string, make: () => T): T {
    const earlier = this.known.get(name);
    if (earlier === undefined) {
      const metric = make();
      this.known.set(name, { shape, metric });
      return metric;
    }
    if (earlier.shape !== shape) throw hostErrors.METERLARK_HOST_METRIC_CLASH({ name });
    return earlier.metric as T;
  }
}

function setGauge(now: () => number): (this: PromGauge) => void {
  return function () {
    this.set(now());
  };
}

/** A total begins anew at every scrape; one that is no number of events would make the whole scrape fail. */
function setCounter(now: () => number): (this: PromCounter) => void {
  return function () {
    const value = now();
    this.reset();
    if (Number.isFinite(value) && value > 0) this.inc(value);
  };
}

function shapeOf(type: string, labelNames: readonly string[]): string {
  return [type, ...labelNames].join(' ');
}

function boundedLabels(names: readonly string[]): (labels?: MetricLabels) => MetricLabels {
  const seen = new Set<string>();
  const overflow = Object.fromEntries(names.map((name) => [name, '_overflow']));
  return (labels = {}) => {
    if (names.length === 0) return labels;
    const key = JSON.stringify(names.map((name) => labels[name] ?? ''));
    if (seen.has(key)) return labels;
    if (seen.size >= maxLabelSets) return overflow;
    seen.add(key);
    return labels;
  };
}
