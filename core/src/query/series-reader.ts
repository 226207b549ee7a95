/** The shown series of one metric of one entity: what expressions evaluate and what rankings over windows are made of. */
import type { Clock } from '../kernel/ambient.js';
import type { MetricBucket } from '../contract/storage.js';
import type { LabelPair } from '../model/labels.js';
import type { MetricDefinition } from '../model/metric.js';
import { minutesAfter, minutesBefore } from './bucket-states.js';
import { seriesOf, type MetricSeries } from './metric-values.js';
import { before, type Points } from './points.js';
import type { ReadBatcher } from './read-batcher.js';

export interface SeriesRequest {
  readonly tenant: string;
  /** undefined reads nothing. */
  readonly entityId: string | undefined;
  readonly points: Points;
  /** Points more before the first. */
  readonly extra: number;
  readonly filters: readonly LabelPair[];
  /** Told of the number of values before they are made. */
  readonly spend: (values: number) => void;
}

export class SeriesReader {
  constructor(
    private readonly batcher: ReadBatcher,
    private readonly clock: Clock,
  ) {}

  async read(definition: MetricDefinition, request: SeriesRequest): Promise<MetricSeries[]> {
    const buckets = await this.buckets(definition, request);
    const points = before(request.points, request.extra);
    return seriesOf(definition, buckets, { points, nowMs: this.clock.now(), filters: request.filters, spend: request.spend });
  }

  private async buckets(definition: MetricDefinition, request: SeriesRequest): Promise<readonly MetricBucket[]> {
    const { tenant, entityId, points, extra } = request;
    const { step } = points;
    if (step === 'second' || entityId === undefined) return [];
    return this.batcher.read({
      tenant, metric: definition.name, kind: definition.kind, entityId, points: { ...points, step },
      lead: extra + minutesBefore(definition, step), tail: minutesAfter(definition, step),
    });
  }
}
