/** Issue: Grafana's Loki data source reads the stored logs on a port of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settle } from './questions.js';
import { sendLogs } from './senders.js';
import { startServer, storages, type RunningServer } from './support.js';

describe.each(storages)('on %s', (storage) => {
  let server: RunningServer;
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;

  beforeAll(async () => {
    server = await startServer({ storage });
    const lines = ['card declined', 'card accepted', 'order placed'].map((body, place) => ({
      timeMs: nowMs - 90_000 + place * 1000, body, severity: place === 0 ? 'ERROR' : 'INFO', attributes: { 'session.id': `s${place}`, 'order.id': place },
    }));
    await sendLogs(server, { service: 'shop', resource: { 'service.instance.id': 'pod-1' } }, lines);
    await settle(server);
  });
  afterAll(() => server.stop());

  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}) => {
    const range = { start: `${nowMs - 600_000}000000`, end: `${nowMs}000000` };
    const url = `http://127.0.0.1:${server.host.ports.extra['endpoint/logql']}${path}?${new URLSearchParams({ ...range, ...parameters }).toString()}`;
    const answer = await fetch(url);
    const text = await answer.text();
    return { status: answer.status, text, data: answer.status === 200 ? (JSON.parse(text) as { data: never }).data : undefined };
  };

  test('lines are selected by label and filtered by what they contain', async () => {
    const query = '{service="shop", session_id=""} |= "card" != "accepted"';
    expect((await ask('/loki/api/v1/query_range', { query, limit: '10', direction: 'BACKWARD' })).data).toEqual({
      resultType: 'streams',
      result: [{ stream: { service: 'shop', service_instance: 'pod-1', endpoint: null, trace_id: null }, values: [[`${nowMs - 90_000}000000`, 'card declined']] }],
    });
    expect((await ask('/loki/api/v1/query_range', { query: '{session_id="s2"}' })).data).toMatchObject({ result: [{ values: [[expect.anything(), 'order placed']] }] });
    expect((await ask('/loki/api/v1/query_range', { query: '{order_id="1"}' })).data).toMatchObject({ result: [] });
  });

  test('labels and values are those that were seen', async () => {
    expect((await ask('/loki/api/v1/labels')).data).toEqual(expect.arrayContaining(['service', 'level', 'session_id']));
    expect((await ask('/loki/api/v1/label/level/values')).data).toEqual(['ERROR', 'INFO']);
    expect((await ask('/loki/api/v1/label/service/values')).data).toEqual(['shop']);
  });

  test('the volume that Explore draws counts lines by level', async () => {
    const query = 'sum by (level, detected_level) (count_over_time({service="shop"} | drop __error__[1m]))';
    const { data } = await ask('/loki/api/v1/query_range', { query, step: '60' });
    expect(data).toEqual({
      resultType: 'matrix',
      result: [
        { metric: { level: 'ERROR' }, values: [[nowMs / 1000 - 60, '1']] },
        { metric: { level: 'INFO' }, values: [[nowMs / 1000 - 60, '2']] },
      ],
    });
    expect((await ask('/loki/api/v1/query', { query: 'vector(1)+vector(1)' })).data).toMatchObject({ resultType: 'vector', result: [{ value: [expect.anything(), '2'] }] });
  });

  test('a query that cannot be read is refused with its place', async () => {
    const { status, text } = await ask('/loki/api/v1/query_range', { query: '{service="shop"' });
    expect([status, text]).toEqual([400, "query:1:16: LogQL: found the end of the text, expected '}'"]);
  });
});
