/** Traffic of two pods of one service in a past hour: one cumulative and one delta, with restarts and new models. */
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Window } from '../demo/client.js';
import { GatewayMeter } from '../demo/gateway.js';
import { measure } from '../demo/instruments.js';
import { exportIntervalMs, send } from '../demo/send.js';
import { makeTraffic, type TrafficEvent } from '../demo/traffic.js';

const minuteMs = 60_000;
const hourMs = 3_600_000;
export const service = 'two-pods';

export interface Played {
  readonly events: readonly TrafficEvent[];
  readonly window: Window;
}

/** A whole UTC hour in the past that is still accepted. */
export function pastHour(): { fromMs: number; toMs: number } {
  const toMs = Math.floor(Date.now() / hourMs) * hourMs;
  return { fromMs: toMs - hourMs, toMs };
}

export async function play(exporter: PushMetricExporter, { fromMs, toMs } = pastHour()): Promise<Played> {
  const pods = (['cumulative', 'delta'] as const).map((temporality, index) => ({
    events: makeTraffic({ seed: 10 + index, fromMs, toMs, gateways: [service], perMinute: 12 }),
    meter: new GatewayMeter({ service, instance: `pod-${index}`, temporality, startMs: fromMs - minuteMs }),
    restartsAtMs: [fromMs + 20 * minuteMs + index * 7 * minuteMs, fromMs + 41 * minuteMs],
    next: 0,
  }));
  // The cumulative pod was running before the server: what its first export says is the baseline, not traffic.
  const warmUp = makeTraffic({ seed: 99, fromMs: fromMs - minuteMs, toMs: fromMs, gateways: [service], perMinute: 5 });
  warmUp.flatMap(measure).forEach((one) => pods[0]!.meter.record(one));
  await send(exporter, pods[0]!.meter.collect(fromMs - 1));
  for (let endMs = fromMs + exportIntervalMs; endMs <= toMs; endMs += exportIntervalMs) {
    for (const pod of pods) {
      for (; pod.next < pod.events.length && pod.events[pod.next]!.timeMs < endMs; pod.next += 1) {
        measure(pod.events[pod.next]!).forEach((one) => pod.meter.record(one));
      }
      const metrics = pod.meter.collect(endMs - 1);
      if (metrics.scopeMetrics.some((scope) => scope.metrics.length > 0)) await send(exporter, metrics);
      if (pod.restartsAtMs.includes(endMs)) pod.meter.restart(endMs);
    }
  }
  return {
    events: pods.flatMap((pod) => pod.events),
    window: { step: 'MINUTE', fromMs, toMs: toMs - minuteMs },
  };
}
