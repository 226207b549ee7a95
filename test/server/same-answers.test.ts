/** Issue: METERLARK_STORAGE=memory instead of the default gives the same answers, for every metric there is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, graphql, type Subject, type Window } from '../demo/client.js';
import { grpcExporter } from '../demo/send.js';
import { eventually, startServer, storages, type RunningServer } from './support.js';
import { pastHour, play, service, type Played } from './two-pods.js';

let servers: RunningServer[] = [];
let played: Played;

beforeAll(async () => {
  const hour = pastHour();
  servers = await Promise.all(storages.map((storage) => startServer({ storage })));
  for (const server of servers) {
    const exporter = grpcExporter(server.grpcUrl);
    played = await play(exporter, hour);
    await exporter.shutdown();
  }
}, 120_000);

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function metricNames(server: RunningServer): Promise<string[]> {
  const { listMetrics } = await graphql<{ listMetrics: { name: string; type: string }[] }>(
    server.httpUrl,
    '{ listMetrics { name type catalog } }',
  );
  return listMetrics.map(({ name }) => name).sort();
}

async function answers(server: RunningServer, subject: Subject, window: Window): Promise<unknown> {
  const names = await metricNames(server);
  const results = await evaluate(server.httpUrl, names, subject, window);
  return Object.fromEntries(names.map((name, index) => [name, results[index]]));
}

test('METERLARK_STORAGE=memory gives the same answers as the default', async () => {
  const [memory, clickhouse] = servers as [RunningServer, RunningServer];
  const names = await metricNames(memory);
  expect(names.length).toBeGreaterThanOrEqual(60);
  expect(await metricNames(clickhouse)).toEqual(names);
  const { fromMs } = played.window;
  const windows: Window[] = [played.window, { step: 'HOUR', fromMs, toMs: fromMs }, { step: 'DAY', fromMs, toMs: fromMs }];
  for (const window of windows) {
    for (const subject of [{ service }, { service, instance: 'pod-0' }, { service, instance: 'pod-1' }]) {
      const expected = await answers(memory, subject, window);
      const answered = await eventually(
        () => answers(clickhouse, subject, window),
        (answer) => JSON.stringify(answer) === JSON.stringify(expected),
      );
      expect(answered, `${JSON.stringify(subject)} by ${window.step}`).toEqual(expected);
    }
  }
  const valued = Object.values((await answers(memory, { service }, played.window)) as Record<string, { results: unknown[] }>);
  expect(valued.filter(({ results }) => results.length > 0).length).toBeGreaterThan(30);
}, 120_000);

test('rankings and metadata are the same too', async () => {
  const query = `query ($duration: Duration!, $id: ID!) {
    listServices(layer: "ENVOY_AI_GATEWAY") { id name group shortName layers normal }
    listInstances(duration: $duration, serviceId: $id) { id name language }
    top: execExpression(expression: "top_n(meter_envoy_ai_gw_instance_request_cpm,5,des)",
      entity: { serviceName: "${service}", normal: true }, duration: $duration)
      { type error results { values { id value owner { scope serviceInstanceID serviceInstanceName } } } }
  }`;
  const now = new Date();
  const text = (date: Date): string => date.toISOString().slice(0, 10);
  const variables = {
    duration: { start: text(new Date(played.window.fromMs)), end: text(now), step: 'DAY' },
    id: `${Buffer.from(service).toString('base64')}.1`,
  };
  const [memory, clickhouse] = await Promise.all(servers.map((server) => graphql<Record<string, unknown>>(server.httpUrl, query, variables)));
  const sorted = (list: unknown): unknown => [...(list as { id: string }[])].sort((left, right) => (left.id < right.id ? -1 : 1));
  expect(clickhouse!['top']).toEqual(memory!['top']);
  expect(clickhouse!['listServices']).toEqual(memory!['listServices']);
  expect(sorted(clickhouse!['listInstances'])).toEqual(sorted(memory!['listInstances']));
  expect((memory!['listInstances'] as unknown[]).length).toBe(2);
});
