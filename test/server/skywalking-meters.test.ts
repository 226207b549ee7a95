/** Meters of an agent for Node.js, from its messages to the numbers that a query gives, by the rules that come with the server. */
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from './support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const inventory = parse(read('config/inventory.yml')) as Readonly<Record<string, string>>;
const used = ['storage/memory', 'receiver/skywalking', 'analyzer/meter', 'analysis/general', 'endpoint/graphql'];
const meterData = protobuf.Root.fromJSON(JSON.parse(read('test/fixtures/skywalking.descriptor.json')) as protobuf.INamespace).lookupType('MeterData');

/** By what the agent calls them, without `instance_nodejs_`. */
const gauges = {
  process_cpu: 12.25,
  heap_used: 41_234_567,
  heap_total: 60_000_000,
  heap_limit: 4_345_298_944,
  rss: 101_000_001,
  external_memory: 2_000_003,
  array_buffers: 17_000,
  uptime: 90,
  peak_malloced_memory: 5_000_000,
  malloced_memory: 400_000,
  old_space_used: 30_000_000,
  new_space_used: 1_048_576,
};

let host: TestHost;

beforeAll(async () => {
  host = await startTestHost({
    rootFolder: root,
    inventory: Object.fromEntries(used.map((identity) => [identity, inventory[identity] ?? ''])),
    importModule: (name) => import(name) as Promise<unknown>,
    settings: { storage: 'memory', 'stream/minutes': { flushIntervalMs: 100 }, 'analysis/general': { sourceRules: [] } },
  });
});
afterAll(() => host.stop());

function report(values: Readonly<Record<string, number>>, timestamp: number): Promise<void> {
  const client = new Client(`127.0.0.1:${host.ports.grpc}`, credentials.createInsecure());
  const same = (body: Buffer): Buffer => body;
  return new Promise((resolve, reject) => {
    const stream = client.makeClientStreamRequest<Buffer, Buffer>('/skywalking.v3.MeterReportService/collect', same, same, new Metadata(), (error) => {
      client.close();
      if (error === null) resolve();
      else reject(error);
    });
    for (const [index, [name, value]] of Object.entries(values).entries()) {
      const who = index === 0 ? { service: 'shop', serviceInstance: 'shop-1', timestamp } : {};
      const message = { singleValue: { name: `instance_nodejs_${name}`, value }, ...who };
      stream.write(Buffer.from(meterData.encode(meterData.fromObject(message)).finish()));
    }
    stream.end();
  });
}

function minuteText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
}

async function latest(metric: string, timeMs: number): Promise<string | null> {
  const query = `query ($expression: String!, $entity: Entity!, $duration: Duration!) {
    execExpression(expression: $expression, entity: $entity, duration: $duration) { error results { values { value } } } }`;
  const minute = minuteText(timeMs);
  const entity = { serviceName: 'shop', normal: true, serviceInstanceName: 'shop-1', scope: 'ServiceInstance' };
  const variables = { expression: metric, entity, duration: { start: minute, end: minute, step: 'MINUTE' } };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${host.ports.http}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data } = (await answer.json()) as { data: { execExpression: { error: string | null; results: { values: { value: string | null }[] }[] } } };
  expect(data.execExpression.error).toBeNull();
  return data.execExpression.results[0]?.values[0]?.value ?? null;
}

describe('the twelve gauges of the runtime', () => {
  test('of two reports in a minute are shown as their average', async () => {
    const timeMs = Math.floor(Date.now() / 60_000) * 60_000;
    await report(gauges, timeMs + 1);
    await report(Object.fromEntries(Object.entries(gauges).map(([name, value]) => [name, value + 2])), timeMs + 2);
    for (const [name, value] of Object.entries(gauges)) {
      const shown = await eventually(() => latest(`meter_instance_nodejs_${name}`, timeMs), (text) => Number(text) >= Math.floor(value + 1));
      expect([name, Math.floor(Number(shown))]).toEqual([name, Math.floor(value + 1)]);
    }
  });
});
