/** Spans in a server: the double of this room, or a BanyanDB that runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordRow } from '@meterlark/core';
import { RecordingLogger } from '@meterlark/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BanyanCalls } from '../../src/connection/calls.js';
import type { BanyanClient } from '../../src/connection/client.js';
import type { Scan } from '../../src/records/row-source.js';
import { BanyanSchemaInstaller } from '../../src/schema/installer.js';
import { TraceSource, type TraceSourceOptions } from '../../src/spans/trace-source.js';
import { clientOf } from '../connection/client-of.js';
import { randomOf, randomSpans, rowsOf, spans } from './random-spans.js';
import { allColumns, expectScan, portionsOf } from './scan-checks.js';

const group = `t${Date.now().toString(36)}_spans`;
const dayMs = 86_400_000;
const today = Math.floor(Date.now() / dayMs) * dayMs;
const minutes = 300_000;

/** `targetOf` is asked before the first test. */
export function describeSpans(where: string, targetOf: () => Promise<string>, seeds: number): void {
  describe(`spans in ${where}`, () => {
    let client: (BanyanClient & BanyanCalls) | undefined;
    let batches = 0;
    let tenants = 0;

    beforeAll(async () => {
      const { client: opened } = await clientOf({ targets: [await targetOf()] }, { sleep: (ms) => sleep(ms) });
      client = opened;
      const spec = { name: group, catalog: 'trace', shards: 2, segmentDays: 1, ttlDays: 7, replicas: 0, stages: [] } as const;
      const timing = { timeoutMs: 20_000, now: () => Date.now(), sleep: (ms: number) => sleep(ms) };
      const schema = new BanyanSchemaInstaller(opened, new Map([[group, spec]]), new RecordingLogger(), timing);
      await schema.install([sourceOf().spec]);
    }, minutes);

    afterAll(async () => {
      await client?.call('groupSchemaDelete', { group, force: true }).catch(() => undefined);
      await client?.close();
    });

    function sourceOf(options: Partial<TraceSourceOptions> = {}): TraceSource {
      return new TraceSource({ client: client!, model: spans, group, pageRows: 20_000, maxScannedRows: 100_000, ...options });
    }

    /** In several parts of the server. */
    async function write(rows: readonly RecordRow[], parts = 1): Promise<void> {
      const size = Math.ceil(rows.length / parts);
      for (let place = 0; place < rows.length; place += size) {
        await sourceOf().write(rowsOf(rows.slice(place, place + size)), undefined, { batch: `w-${(batches += 1)}`, written: 1n });
      }
    }

    const newTenant = (): string => `tenant ${(tenants += 1)}`;
    const span = (row: Partial<RecordRow>): RecordRow => ({
      tenant: '', time: today * 1000, trace_id: 't', span_id: 's', service: 'a', entry: true, duration_ns: 1, attributes: {}, ...row,
    });

    function scanOf(scan: Partial<Scan>): Scan {
      return { tenant: '', fromMs: today - dayMs, toMs: today + dayMs, where: [], descending: false, columns: allColumns, wanted: 20, ...scan };
    }

    test('random traces come back in order, each row once, whatever the pages, in both directions', async () => {
      for (let seed = 0; seed < seeds; seed += 1) {
        const random = randomOf(seed);
        const below = (end: number): number => Math.floor(random() * end);
        const tenant = newTenant();
        const lengthMs = [5, 1000, 60_000, 1.5 * dayMs][seed % 4]!;
        const rows = randomSpans(random, { traces: 100, startMs: today - dayMs + below(1000), lengthMs, tenants: [tenant, `${tenant}|`] });
        await write(rows, 1 + below(8));
        const fromMs = today - dayMs + below(Math.ceil(lengthMs / 3));
        const toMs = fromMs + below(lengthMs) + 1;
        const lists = { service: ['s1', 's3'], entry: [true], trace_id: ['trace 1', '', 'none', 'trace 50'] };
        const wheres = [[], ...Object.entries(lists).map(([column, values]) => [{ column, is: 'in' as const, values }])];
        for (const where of wheres) {
          for (const descending of [false, true]) {
            const scan = scanOf({ tenant, fromMs, toMs, where, descending, wanted: 1 + below(50) });
            await expectScan(sourceOf({ pageRows: 1 + below(50) }), scan, rows);
          }
        }
      }
    }, minutes);

    test('what is sent again is there once', async () => {
      const tenant = newTenant();
      const rows = randomSpans(randomOf(99), { traces: 40, startMs: today, lengthMs: 1000, tenants: [tenant] });
      const origin = { batch: `again-${Date.now()}`, written: 1n };
      await sourceOf().write(rowsOf(rows), Uint8Array.from(rows, (_, place) => place % 2), origin);
      await sourceOf().write(rowsOf(rows), undefined, origin);
      await expectScan(sourceOf(), scanOf({ tenant }), rows);
      await expectScan(sourceOf(), scanOf({ tenant, where: [{ column: 'trace_id', is: 'in', values: ['trace 3', 'trace 4'] }] }), rows);
    }, minutes);

    test('any text is a tenant, a service and a trace id', async () => {
      const odd = ['', ' ', '|', 'a|b', '\\', '*', '?', '\0', '\u0001', '\n', '%7c', '%', '日本', '👩‍👩‍👧', '"', "'", 'x'.repeat(256), 'x'.repeat(300), 'y'.repeat(5000)];
      const unique = newTenant();
      const rows = odd.flatMap((text, place) => [
        span({ tenant: `${unique}${text}`, service: text, trace_id: text, span_id: `${place}` }),
        span({ tenant: unique, service: text, trace_id: text, span_id: `o${place}` }),
      ]);
      await write(rows);
      for (const text of odd) {
        for (const column of ['service', 'trace_id']) {
          const where = [{ column, is: 'in', values: [text] }] as const;
          await expectScan(sourceOf(), scanOf({ tenant: unique, where }), rows);
          if (text !== '') await expectScan(sourceOf(), scanOf({ tenant: `${unique}${text}`, where }), rows);
        }
      }
    }, minutes);

    test('thousands of traces in one millisecond come together', async () => {
      const tenant = newTenant();
      await write(Array.from({ length: 3000 }, (_, place) => span({ tenant, trace_id: `t${place}`, span_id: `${place}`, time: today * 1000 + (place % 1000) })), 3);
      await write([span({ tenant, span_id: 'before', time: today * 1000 - 1 }), span({ tenant, span_id: 'after', time: (today + 1) * 1000 })]);
      const portions = await portionsOf(sourceOf({ pageRows: 100 }), scanOf({ tenant, fromMs: today, toMs: today }));
      expect(portions.map(({ length }) => length)).toEqual([3000]);
    }, minutes);

    test('a trace of ten thousand spans comes whole by its id, and in parts by time', async () => {
      const tenant = newTenant();
      const rows = Array.from({ length: 10_000 }, (_, place) => span({ tenant, span_id: `${place}`, time: (today + place) * 1000, entry: place === 0 }));
      await write(rows, 2);
      await expectScan(sourceOf(), scanOf({ tenant, where: [{ column: 'trace_id', is: 'in', values: ['t'] }] }), rows);
      await expectScan(sourceOf(), scanOf({ tenant, fromMs: today + 5000, toMs: today + 5999 }), rows);
    }, minutes);
  });
}
