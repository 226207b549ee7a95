/**
 * What a browser asks, of a server on BanyanDB and of one on the embedded store in turn. Both hold the same million metric rows,
 * and the calls and spans of the same load.
 */
import { minuteMs } from '@meterlark/core';
import { type Asks, asksOf } from './banyandb-asks.js';
import { figureOf, type Figure } from './figure.js';
import { fillGateways } from './gateway-rows.js';
import { fillSpans } from './span-store.js';
import { untilStored } from './until-stored.js';
import { bothNames, filled, ofBoth, onBoth, whileRunning, type Both } from './storages.js';

const metricRows = { rows: 1_000_000, services: 20 };
/** Half of them are model calls. */
const spans = 205_000;
const rounds = 30;
/** A slow question is asked less often, but so often. */
const mostMs = 12_000;
const leastRounds = 5;

export function benchBanyanDashboard(): Promise<Figure[]> {
  return onBoth('banyandb-dashboard', async (storages) => {
    // The first start makes the tables and the definitions of the metrics.
    await whileRunning(storages, {}, async () => undefined);
    const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
    const names = await ofBoth(storages, (storage) =>
      filled(storage, (host) => fillGateways(host, metricRows, nowMs)),
    );
    return whileRunning(storages, {}, async (servers) => {
      const asks = await ofBoth(servers, async (server) => {
        await fillSpans(server.grpcPort, spans);
        await untilStored(server);
        return asksOf(server, { names: names.clickhouse, nowMs });
      });
      return measure(asks);
    });
  });
}

async function measure(asks: Both<Asks>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of Object.keys(asks.clickhouse)) {
    const times = await timesOf({ clickhouse: asks.clickhouse[name]!, banyandb: asks.banyandb[name]! });
    figures.push(quantile(`banyandb_${name}_p50`, times, 0.5), quantile(`banyandb_${name}_p95`, times, 0.95));
  }
  return figures;
}

/** The first two rounds warm up. */
async function timesOf(asks: Both<Asks[string]>): Promise<Both<number[]>> {
  const times: Both<number[]> = { clickhouse: [], banyandb: [] };
  const begun = performance.now();
  for (let round = -2; round < rounds; round += 1) {
    if (round >= leastRounds && performance.now() - begun > mostMs) break;
    const both = await ofBoth(asks, (ask) => milliseconds(ask, Math.abs(round)));
    if (round < 0) continue;
    for (const name of bothNames) times[name].push(both[name]);
  }
  return times;
}

async function milliseconds(ask: Asks[string], number: number): Promise<number> {
  const begun = performance.now();
  await ask(number);
  return performance.now() - begun;
}

function quantile(name: string, times: Both<readonly number[]>, rank: number): Figure {
  const of = (values: readonly number[]): number[] => [values.toSorted((left, right) => left - right)[Math.floor(rank * values.length)]!];
  return { ...figureOf({ name, unit: 'ms', values: of(times.banyandb), baselines: of(times.clickhouse), digits: 1 }), runs: times.banyandb.length };
}
