/** Metric definitions at a start: in a new store they wait for its tables, in a known one only what changed is written. */
import { describe, expect, test } from 'vitest';
import type { MetadataReader, MetadataWriter, MetricDefinition } from '@meterlark/core';
import { definitionOf, RecordingLogger } from '@meterlark/core/testing';
import { ChangedDefinitions } from '../src/changed-definitions.js';
import { storageErrors } from '../src/errors.js';
import { StoreServices } from '../src/store-services.js';
import type { ClickHouseStore } from '../src/store.js';

function definition(name: string, unit = ''): MetricDefinition {
  return definitionOf(name, 'sum', { unit });
}

/** Names with units, each write by itself. */
function recorder(broken: () => boolean = () => false): { writer: MetadataWriter; written: string[][] } {
  const written: string[][] = [];
  const defineMetrics = async (definitions: readonly MetricDefinition[]): Promise<void> => {
    await Promise.resolve();
    if (broken()) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BUSY({ waiting: 1 });
    written.push(definitions.map(({ name, unit }) => name + unit));
  };
  return { writer: { defineMetrics, upsertEntities: async () => undefined }, written };
}

describe('definitions of a new store', () => {
  function scene() {
    let broken = false;
    let open = (): void => undefined;
    const made = new Promise<void>((resolve) => (open = resolve));
    const { writer, written } = recorder(() => broken);
    const services = new StoreServices({ retentionDays: { minute: 1, hour: 1, day: 1 }, recordDays: { trace: 1, call: 1, content: 1, log: 1 } });
    const logger = new RecordingLogger();
    const metadataReader = { metrics: async () => written.flat().map((name) => definition(name)), entities: async () => [] };
    const store: Partial<ClickHouseStore> = {
      isNew: true, ready: () => made, metadataWriter: writer, metadataReader, close: async () => undefined,
    };
    services.attach(store as ClickHouseStore, logger);
    return { services, written, logger, open: () => open(), breaks: (now: boolean) => void (broken = now) };
  }

  test('keep nobody waiting while its tables are made; the last of a name is written, once, before any is read', async () => {
    const { services, written, open } = scene();
    await services.metadataWriter.defineMetrics([definition('a', '1'), definition('b')]);
    await services.metadataWriter.defineMetrics([definition('a', '2')]);
    expect(written).toEqual([]);
    open();
    expect((await services.metadataReader.metrics()).map(({ name }) => name)).toEqual(expect.arrayContaining(['b', 'a2']));
    await services.metadataReader.metrics();
    expect(written.at(-1)).toContain('a2');
    expect(written.flat().filter((name) => name === 'a2')).toHaveLength(1);
  });

  test('that could not be written are logged and tried again by whoever reads', async () => {
    const { services, written, logger, open, breaks } = scene();
    open();
    breaks(true);
    await services.metadataWriter.defineMetrics([definition('a')]);
    await expect(services.metadataReader.metrics()).rejects.toMatchObject({ class: 'retryable' });
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'metrics could not be defined, and will be tried again' }]);
    breaks(false);
    expect(await services.metadataReader.metrics()).toMatchObject([{ name: 'a' }]);
    expect(written).toEqual([['a']]);
  });

  test('do not hold up the close, and are refused after it', async () => {
    const { services, open, breaks } = scene();
    open();
    breaks(true);
    await services.metadataWriter.defineMetrics([definition('a')]);
    await services.detach();
    await expect(services.metadataWriter.defineMetrics([])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
    await expect(services.metadataReader.metrics()).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
  });
});

describe('definitions of a known store', () => {
  const reading = (...definitions: MetricDefinition[]): Pick<MetadataReader, 'metrics'> => ({ metrics: async () => definitions });

  test('are written when they are new or changed, the last of a name, and again when they change back', async () => {
    const { writer, written } = recorder();
    const changed = new ChangedDefinitions(writer, reading(definition('a'), definition('b')));
    await changed.defineMetrics([definition('a'), definition('b', '1'), definition('c', '1'), definition('c', '2')]);
    await changed.defineMetrics([definition('a'), definition('b', '1'), definition('c', '2')]);
    await changed.defineMetrics([definition('b')]);
    expect(written).toEqual([['b1', 'c2'], ['b']]);
  });

  test('are written again after a write that failed, whatever it left', async () => {
    let broken = true;
    const { writer, written } = recorder(() => broken);
    const changed = new ChangedDefinitions(writer, reading(definition('a')));
    await expect(changed.defineMetrics([definition('a', '1')])).rejects.toMatchObject({ class: 'retryable' });
    broken = false;
    await changed.defineMetrics([definition('a')]);
    expect(written).toEqual([['a']]);
  });

  test('are all written when those that are stored cannot be read', async () => {
    const { writer, written } = recorder();
    const changed = new ChangedDefinitions(writer, { metrics: () => Promise.reject(new Error('damaged')) });
    changed.readAhead();
    await changed.defineMetrics([definition('a')]);
    expect(written).toEqual([['a']]);
  });
});
