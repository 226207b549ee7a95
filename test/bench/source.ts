/** Events of requests through the rules of the layer GENERAL, merging included: warm, over many services. */
import { fileURLToPath } from 'node:url';
import { MetricStream, minuteMs, type SourceEmitter, type SourceEntity, SourceRules, SourceSink, type SourceValue } from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import { figureOf, type Figure } from './figure.js';

const entityCount = 500;
const eventsPerRound = 1_000_000;

/** Nothing is flushed while it is measured. */
const settings = {
  storage: 'memory',
  'stream/minutes': { flushIntervalMs: 3_600_000, flushRows: 1_000_000_000, maxPendingRows: 1_000_000_000 },
};
const inventory = { 'storage/memory': '@meterlark/storage-memory', 'analyzer/source': '@meterlark/analyzer-source' };

/** By name, so that the bundle of the bench holds them. */
const packages: Readonly<Record<string, () => Promise<unknown>>> = {
  '@meterlark/storage-memory': () => import('@meterlark/storage-memory'),
  '@meterlark/analyzer-source': () => import('@meterlark/analyzer-source'),
};

/** As config/rules/source/general has them, and one more. */
const rules = `
service_resp_time = from(Service.latency).longAvg();
service_sla = from(Service.*).percent(status == true);
service_cpm = from(Service.*).cpm();
service_percentile = from(Service.latency).percentile2(10);
service_apdex = from(Service.latency).apdex(name, status);
service_failed = from(Service.*).filter(status == false).count();
`;
const ruleCount = 6;

export async function benchSource(runs = 5): Promise<Figure[]> {
  const rootFolder = fileURLToPath(new URL('../../', import.meta.url));
  const importModule = (name: string): Promise<unknown> => Promise.resolve(packages[name]?.());
  const host = await startTestHost({ settings, inventory, rootFolder, importModule });
  try {
    await host.get(SourceRules).load([{ name: 'bench.oal', text: rules }], 'GENERAL');
    const emitter = host.get(SourceSink).open('Service', ['name', 'latency', 'status']);
    const stream = host.get(MetricStream);
    const entities = Array.from({ length: entityCount }, (_, index): SourceEntity => ({ tenant: '', id: `service-${index}.1` }));
    emitEvents(emitter, entities);
    addOnly(stream);
    const values: number[] = [];
    const baselines: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      values.push(nanosecondsPer(() => emitEvents(emitter, entities)));
      baselines.push(nanosecondsPer(() => addOnly(stream)));
    }
    return [figureOf({ name: 'source_event', unit: `ns/event of ${ruleCount} rules`, values, baselines })];
  } finally {
    await host.stop();
  }
}

function nanosecondsPer(round: () => void): number {
  const start = performance.now();
  round();
  return ((performance.now() - start) * 1_000_000) / eventsPerRound;
}

function emitEvents(emitter: SourceEmitter, entities: readonly SourceEntity[]): void {
  const nowMs = Date.now();
  const values: SourceValue[] = ['shop', 0, true];
  for (let index = 0; index < eventsPerRound; index += 1) {
    values[1] = (index * 7919) % 900;
    values[2] = index % 50 !== 0;
    emitter.emit(entities[(index * 31) % entityCount]!, nowMs, values);
  }
}

/** The baseline: as many additions as the rules make, to slots that are known. */
function addOnly(stream: MetricStream): void {
  const minute = Math.floor(Date.now() / minuteMs);
  const slots = Array.from({ length: entityCount }, (_, index) =>
    stream.series({ tenant: '', metric: 'service_cpm', kind: 'sum', entityId: `service-${index}.1`, labels: '', source: '' }));
  for (let index = 0; index < eventsPerRound; index += 1) {
    const slot = slots[(index * 31) % entityCount]!;
    for (let rule = 0; rule < ruleCount; rule += 1) stream.add(slot, minute, 1);
  }
}
