/** What samples come to that stand for themselves: nothing waits for other streams of a resource, each is a push of its own. */
import type { MetricStream } from '@meterlark/core';
import type { Group, PushAction } from './route.js';
import type { SeriesTable } from './series-table.js';
import { minuteOf, type GroupSample, type PushCollector, type ValueWriter } from './value-writer.js';

export class SingleSamples implements PushCollector {
  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
    private readonly writer: ValueWriter,
  ) {}

  addTotal({ ref, merge, counts }: PushAction, timeMs: number, value: number): void {
    const slot = this.series.slots(ref)[0] ?? 0;
    const minute = minuteOf(timeMs);
    switch (merge) {
      case 'total':
        { this.stream.addPair(slot, minute, value, counts ? 1 : 0); return; }
      case 'totalMax':
        { this.stream.max(slot, minute, value); return; }
      case 'totalMin':
        { this.stream.min(slot, minute, value); return; }
      case 'totalLatest':
        { this.stream.latest(slot, minute, timeMs, value); return; }
    }
  }

  /** The least, greatest and mean of one delta is that delta. */
  addGroup(group: Group, { timeMs, value }: GroupSample): void {
    this.writer.act(group.action, timeMs, value * group.coefficient, this);
  }
}
