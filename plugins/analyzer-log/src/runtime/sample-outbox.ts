/** Samples of rules, handed over batch by batch. */
import type { Counter, MetricSample, SampleSink } from '@meterlark/core';

/** Held at most. */
const room = 1000;

export class SampleOutbox {
  private waiting: MetricSample[] = [];
  private tenant = '';

  constructor(
    private readonly sink: SampleSink | undefined,
    /** Counts samples that nobody takes. */
    private readonly unwanted: Counter,
  ) {}

  /** Whose samples come now. */
  begin(tenant: string): void {
    this.tenant = tenant;
  }

  add(samples: readonly MetricSample[]): void {
    for (const sample of samples) this.waiting.push(sample);
    if (this.waiting.length >= room) this.flush();
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    const samples = this.waiting;
    this.waiting = [];
    if (this.sink === undefined) this.unwanted.add(samples.length);
    else this.sink.add(this.tenant, samples);
  }
}
