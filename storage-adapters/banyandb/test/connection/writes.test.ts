import { afterEach, describe, expect, test } from 'vitest';
import { clientOf, type OpenedClient } from './client-of.js';
import { FakeServer, Status, type Script } from './fake-server.js';
import { measure, rowsOf, sequencesOf, stream, trace } from './rows.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function started(script: Script, changes: Parameters<typeof clientOf>[0] = {}): Promise<OpenedClient & { readonly server: FakeServer }> {
  const server = await new FakeServer(script).start();
  const opened = await clientOf({ targets: [server.address], ...changes });
  undo.push(() => server.stop(), () => opened.client.close());
  return { ...opened, server };
}

const ok = 'STATUS_SUCCEED';
const failedRows = 'meterlark_storage_banyandb_rows_failed_total';

describe('rows that are written', () => {
  test('the first of a stream has the names, later ones do not, and all are numbered from 1', async () => {
    const { client, server } = await started({});
    await client.writeMeasure(measure, rowsOf(3));
    const [rows] = server.streams;
    expect(rows!.map(({ metadata }) => metadata !== null)).toEqual([true, false, false]);
    expect(rows![0]).toMatchObject({ metadata: { group: 'g', name: 'points' }, dataPointSpec: { tagFamilySpec: [{ name: 'row', tagNames: ['tenant'] }], fieldNames: ['sequence'] } });
    expect(rows!.map(({ dataPointSpec }) => dataPointSpec !== null)).toEqual([true, false, false]);
    expect(rows!.map(({ messageId }) => String(messageId))).toEqual(['1', '2', '3']);
  });

  test('nothing is asked of the server for no rows', async () => {
    const { client, server } = await started({});
    await client.writeMeasure(measure, []);
    expect(server.streams).toEqual([]);
  });

  test('are cut into streams by their number', async () => {
    const { client, server } = await started({}, { streamRows: 4 });
    await client.writeMeasure(measure, rowsOf(10));
    expect(server.streams.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(server.streams.flatMap(sequencesOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('are cut into streams by their bytes, and one that is larger goes alone', async () => {
    const { client, server } = await started({}, { streamBytes: 1_000 });
    const row = (id: string, length: number) => ({ timeMs: 1, id, tags: ['x'.repeat(length)] });
    await client.writeStream(stream, [row('a', 600), row('b', 600), row('c', 5_000), row('d', 10), row('e', 10)]);
    expect(server.streams.map((rows) => rows.map(({ element }) => (element as { elementId: string }).elementId).join(''))).toEqual(['a', 'b', 'c', 'de']);
  });

  test('more rows than the buffers of a connection hold arrive under back-pressure', async () => {
    const { client, server } = await started({});
    const body = new Uint8Array(4_000).fill(7);
    const rows = Array.from({ length: 2_000 }, (_, index) => ({ tags: ['t', `s${index}`, 1], span: body }));
    await client.writeTrace(trace, rows);
    expect(server.streams.reduce((sum, { length }) => sum + length, 0)).toBe(2_000);
  });

  test('those with a passing status are sent again alone', async () => {
    const passing = ['STATUS_NOT_FOUND', 'STATUS_EXPIRED_SCHEMA', 'STATUS_INTERNAL_ERROR', 'STATUS_DISK_FULL', 'STATUS_SCHEMA_NOT_APPLIED', undefined];
    const { client, server, metrics, pauses } = await started({ stream: (rows, number) => (number === 1 ? [ok, ...passing] : rows.map(() => ok)) });
    await client.writeMeasure(measure, rowsOf(7));
    expect(server.streams.map(sequencesOf)).toEqual([[0, 1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]);
    expect(pauses).toEqual([50]);
    expect(metrics.value('meterlark_storage_banyandb_rows_written_total', { catalog: 'measure' })).toBe(7);
    expect(metrics.value(failedRows, { status: 'STATUS_DISK_FULL' })).toBe(1);
    expect(metrics.value(failedRows, { status: 'UNANSWERED' })).toBe(1);
    expect(metrics.value('meterlark_storage_banyandb_retries_total', { method: 'measureWrite' })).toBe(1);
  });

  test('spans are sent with the names of their tags, and are answered by their version', async () => {
    const { client, server } = await started({});
    await client.writeTrace(trace, [{ tags: ['t', 's', 1], span: Uint8Array.of(1) }]);
    expect(server.streams[0]![0]).toMatchObject({ tagSpec: { tagNames: ['trace', 'span', 'time'] } });
  });

  test('a status that no try can help is a permanent error with its counts, after the others are stored', async () => {
    const statuses = [ok, 'STATUS_INVALID_TIMESTAMP', 'STATUS_INVALID_TIMESTAMP', 'STATUS_DISK_FULL', 'STATUS_OF_A_LATER_SERVER'];
    const { client, server } = await started({ stream: (rows, number) => (number === 1 ? statuses : rows.map(() => ok)) });
    await expect(client.writeMeasure(measure, rowsOf(5))).rejects.toMatchObject({
      code: 'METERLARK_STORAGE_BANYANDB_REFUSED',
      class: 'permanent',
      fields: { reason: '2 rows STATUS_INVALID_TIMESTAMP, 1 rows STATUS_OF_A_LATER_SERVER' },
    });
    expect(server.streams.map(sequencesOf)[1]).toEqual([3]);
  });

  test('a full disk is an overload when the tries are used up', async () => {
    const { client, server, pauses } = await started({ stream: (rows) => rows.map(() => 'STATUS_DISK_FULL') }, { retry: { attempts: 4, initialMs: 100, maxMs: 300 } });
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED', class: 'retryable' });
    expect(server.streams).toHaveLength(4);
    expect(pauses).toEqual([50, 100, 150]);
  });

  test('a schema that does not come is an error that may pass', async () => {
    const { client } = await started({ stream: (rows) => rows.map(() => 'STATUS_NOT_FOUND') });
    await expect(client.writeMeasure(measure, rowsOf(1))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED' });
  });

  test('a stream that is refused for want of memory is tried again, and is an overload in the end', async () => {
    const refused = new Status(8, 'server is under memory pressure, please retry later');
    const { client, server } = await started({ stream: (rows, number) => (number < 3 ? refused : rows.map(() => ok)) });
    await client.writeMeasure(measure, rowsOf(2));
    expect(server.streams.map(({ length }) => length)).toEqual([2, 2, 2]);
    server.script = { stream: () => refused };
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED' });
  });

  test.each([
    ['for a day that the server is just removing', new Status(13, 'panic triggered: directory is exist')],
    ['of a server that is shutting down', new Status(2, 'send on closed channel')],
    ['that fails for a reason of the server which nobody knows', new Status(13, 'something new')],
  ])('a stream %s is tried again', async (_, removing) => {
    const { client, server } = await started({ stream: (rows, number) => (number < 3 ? removing : rows.map(() => ok)) });
    await client.writeMeasure(measure, rowsOf(2));
    expect(server.streams.map(({ length }) => length)).toEqual([2, 2, 2]);
    server.script = { stream: () => removing };
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ class: 'retryable' });
  });

  test('a stream that the server ends as invalid is a permanent error, and is not sent again', async () => {
    const { client, server } = await started({ stream: () => new Status(3, 'invalid WriteRequest') });
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_REFUSED', class: 'permanent' });
    expect(server.streams).toHaveLength(1);
  });

  test('a stream whose answers do not come in time is an error that may pass', async () => {
    const { client } = await started({ stream: () => new Promise(() => {}) }, { writeTimeoutMs: 50, retry: { attempts: 1, initialMs: 0, maxMs: 0 } });
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED', class: 'retryable' });
  });

  test('at most so many streams run at a time, and more waiting calls than allowed are refused', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const script: Script = { stream: (rows) => gate.then(() => rows.map(() => ok)) };
    const { client, server, metrics } = await started(script, { parallelWrites: 2, maxWaiting: 1 });
    const writes = [1, 2, 3].map(() => client.writeMeasure(measure, rowsOf(1)));
    await expect(client.writeMeasure(measure, rowsOf(1))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BUSY', class: 'retryable' });
    expect(metrics.value('meterlark_storage_banyandb_waiting_calls')).toBe(1);
    expect(metrics.value('meterlark_storage_banyandb_busy_total')).toBe(1);
    release();
    await Promise.all(writes);
    expect(server.streams).toHaveLength(3);
    expect(metrics.value('meterlark_storage_banyandb_waiting_calls')).toBe(0);
  });

  test('closing ends what runs and what waits', async () => {
    const { client } = await started({ stream: () => new Promise(() => {}) }, { parallelWrites: 1 });
    const writes = [1, 2].map(() => client.writeMeasure(measure, rowsOf(1)).catch((error: unknown) => error));
    await new Promise((resolve) => setImmediate(resolve));
    await client.close();
    for (const error of await Promise.all(writes)) expect(error).toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_CLOSED', class: 'retryable' });
    await expect(client.writeMeasure(measure, rowsOf(1))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_CLOSED' });
  });
});
