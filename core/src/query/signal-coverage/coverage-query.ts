/** Compares what the signals of AI gateways tell of, from the minutes counted when they came in. */
import type { CoverageQuery, CoverageRequest, SignalCoverage } from '../../contract/coverage-query.js';
import type { EntityRecord, MetadataReader, MetricReader } from '../../contract/storage.js';
import { coverageMetrics } from '../../model/coverage-metrics.js';
import { serviceId } from '../../model/entity.js';
import { gatewayLayer } from '../../model/gateway-log.js';
import { pointsOf } from '../points.js';
import { compare, sentSignals } from './compare.js';
import { explain } from './explain.js';
import { Tally, type GatewayTally } from './tally.js';

const selections = Object.values(coverageMetrics).map((metric) => ({ metric, kind: 'sum' as const }));

export interface CoverageLimits {
  readonly points: number;
  /** Gateways compared in one query, those seen last. */
  readonly gateways: number;
  /** Gateways read from the store at once. */
  readonly atOnce: number;
}

type Named = Pick<EntityRecord, 'id' | 'name'>;

export class MetricCoverageQuery implements CoverageQuery {
  constructor(
    private readonly metrics: Pick<MetricReader, 'read'>,
    private readonly metadata: Pick<MetadataReader, 'entities'>,
    private readonly limits: CoverageLimits,
  ) {}

  async coverage({ tenant, duration, service, limit }: CoverageRequest): Promise<readonly SignalCoverage[]> {
    const step = duration.step === 'second' ? 'minute' : duration.step;
    const { startMs, count, lengthMs } = pointsOf({ ...duration, step }, this.limits.points);
    const gateways = await this.gateways(tenant, service);
    const toMs = startMs + count * lengthMs;
    const tally = new Tally(...(step === 'minute' ? ([startMs, toMs - lengthMs] as const) : ([NaN, NaN] as const)));
    for (let first = 0; first < gateways.length; first += this.limits.atOnce) {
      const entityIds = gateways.slice(first, first + this.limits.atOnce).map(({ id }) => id);
      for (const bucket of await this.metrics.read({ tenant, selections, entityIds, step, fromMs: startMs, toMs })) tally.add(bucket);
    }
    return gateways.flatMap((gateway) => rowsOf(gateway, tally.gateways.get(gateway.id))).sort(mostMissing).slice(0, limit);
  }

  /** One that is named need not be known as a gateway: then nothing is found. */
  private async gateways(tenant: string, service: string | undefined): Promise<readonly Named[]> {
    if (service !== undefined) return [{ id: serviceId({ name: service, normal: true }), name: service }];
    return this.metadata.entities({ tenant, scope: 'Service', layer: gatewayLayer, limit: this.limits.gateways });
  }
}

function rowsOf({ id, name }: Named, gateway: GatewayTally | undefined): readonly SignalCoverage[] {
  if (gateway === undefined) return [];
  const sent = sentSignals(gateway);
  return [...gateway.models.values()].flatMap((tally) => {
    const { model, noBackend, unfinished } = tally;
    const { logsAlone, ...comparison } = compare(tally, sent);
    const compared = { serviceId: id, service: name, model, ...comparison, noBackend, unfinished };
    // A live stream that did not move writes 0: then there was nothing to tell of.
    if (compared.requests === 0 && compared.tokens === 0 && logsAlone === 0) return [];
    return [{ ...compared, explanation: explain({ ...compared, logsAlone, overflow: gateway.overflow, leftOut: gateway.leftOut }) }];
  });
}

function mostMissing(left: SignalCoverage, right: SignalCoverage): number {
  const by = (of: (row: SignalCoverage) => number): number => of(right) - of(left);
  return by((row) => most(row, 'requests')) || by((row) => most(row, 'tokens')) || by(({ requests }) => requests) || compareNames(left, right);
}

/** Signals that are not sent miss nothing. */
function most({ signals }: SignalCoverage, what: 'requests' | 'tokens'): number {
  return Math.max(0, ...signals.filter(({ sent }) => sent).map((each) => each[what].missing));
}

function compareNames(left: SignalCoverage, right: SignalCoverage): number {
  const of = ({ service, model }: SignalCoverage): string => JSON.stringify([service, model]);
  return of(left) < of(right) ? -1 : 1;
}
