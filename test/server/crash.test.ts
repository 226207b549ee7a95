/** Issue: kill -9 and restart loses nothing that was accepted more than one flush interval before. */
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { evaluate, firstSeries, type Window } from '../demo/client.js';
import { tally } from '../demo/expected.js';
import { GatewayMeter } from '../demo/gateway.js';
import { instruments, measure } from '../demo/instruments.js';
import { grpcExporter, send } from '../demo/send.js';
import { makeTraffic } from '../demo/traffic.js';
import { clickhouseAt, startProcess } from './process.js';
import { eventually, temporaryFolder } from './support.js';

const minuteMs = 60_000;
const service = 'crash';
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function requests(baseUrl: string, window: Window): Promise<number> {
  const [answer] = await evaluate(baseUrl, ['meter_envoy_ai_gw_request_cpm'], { service }, window);
  return [...firstSeries(answer!).values()].reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

test('kill -9 loses nothing accepted more than one flush interval before, and a repeated cumulative request is not counted twice', async () => {
  const toMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const fromMs = toMs - 10 * minuteMs;
  const window: Window = { step: 'MINUTE', fromMs, toMs: toMs - minuteMs };
  const meter = new GatewayMeter({ service, instance: 'pod', temporality: 'cumulative', startMs: fromMs - minuteMs });
  const settings = { ...clickhouseAt(folder), METERLARK_STREAM_MINUTES_FLUSH_INTERVAL_MS: '300' };

  let server = await startProcess(settings);
  let exporter = grpcExporter(server.grpcUrl);
  const before = makeTraffic({ seed: 5, fromMs: fromMs - minuteMs, toMs: fromMs, gateways: [service], perMinute: 60 });
  before.flatMap(measure).forEach((one) => meter.record(one));
  await send(exporter, meter.collect(fromMs - 1));
  const events = makeTraffic({ seed: 6, fromMs, toMs: toMs - 3 * minuteMs, gateways: [service], perMinute: 60 });
  events.flatMap(measure).forEach((one) => meter.record(one));
  const last = meter.collect(toMs - 3 * minuteMs - 1);
  await send(exporter, last);
  const sent = tally(events, instruments.duration).count;
  expect(await eventually(() => requests(server.httpUrl, window), (answered) => answered === sent)).toBe(sent);
  expect(await server.end('SIGKILL')).toBeUndefined();

  server = await startProcess(settings);
  exporter = grpcExporter(server.grpcUrl);
  expect(await requests(server.httpUrl, window)).toBe(sent);

  await send(exporter, last);
  const after = makeTraffic({ seed: 7, fromMs: toMs - 2 * minuteMs, toMs, gateways: [service], perMinute: 60 });
  after.flatMap(measure).forEach((one) => meter.record(one));
  await send(exporter, meter.collect(toMs - 1));
  const all = sent + tally(after, instruments.duration).count;
  expect(await eventually(() => requests(server.httpUrl, window), (answered) => answered >= all)).toBe(all);
  expect(await server.end('SIGTERM')).toBe(0);
}, 60_000);
