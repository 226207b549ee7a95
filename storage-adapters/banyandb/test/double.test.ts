/** What only the double can: faults, restarts, and what would end a real server. */
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBanyanDouble, type BanyanDouble, type BanyanDoubleOptions } from '@meterlark/storage-banyandb/testing';
import { PlainClient, type WriteAnswer } from './double/client.js';
import { baseMs, condition, eq, int, isIn, labOf, nil, stamp, str, time, type Lab } from './double/conformance/lab.js';
import { install, streamTags, traceTags } from './double/conformance/schema.js';

let double: BanyanDouble;
let client: PlainClient;
let lab: Lab;

/** Nothing comes to the disk by itself, and schemas are there at once. */
const flushAfterMs = { stream: Infinity, trace: Infinity, measure: Infinity, property: Infinity, schema: 0 };

async function start(options: BanyanDoubleOptions = {}): Promise<void> {
  double = await startBanyanDouble({ flushAfterMs, ...options });
  client = new PlainClient(double.target, options);
  await install(client, 'x');
  lab = labOf(client, options.version ?? 'main', 'x');
}

async function stop(): Promise<void> {
  client.close();
  await double.stop();
}

async function startAnew(options: BanyanDoubleOptions): Promise<void> {
  await stop();
  await start(options);
}

beforeEach(() => start());
afterEach(stop);

function element(id: string): object {
  const tags = [str('t'), str(id), int(1), nil, str('s')];
  return { metadata: { group: 'xs', name: 's' }, tagFamilySpec: [{ name: 'row', tagNames: streamTags.slice(0, 5) }], messageId: 1, element: { elementId: id, timestamp: stamp(baseMs), tagFamilies: [{ tags }] } };
}
function span(traceId: string): object {
  return { metadata: { group: 'xt', name: 't' }, tagSpec: { tagNames: traceTags.slice(0, 4) }, version: 1, tags: [str(traceId), str('a'), time(baseMs), str('svc')], span: Buffer.from('x') };
}
const write = (...ids: string[]): Promise<WriteAnswer> => client.write('stream', ids.map(element));
const stored = async (): Promise<string[]> => (await lab.stream({ groups: ['xs'], name: 's', projection: { tagFamilies: [{ name: 'row', tags: ['svc'] }] } })).sort();
const statuses = ({ statuses: all }: WriteAnswer): string[] => all.map((each) => each.split('STATUS_')[1] ?? '');

describe('faults of the double', () => {
  test('rows fail at once, one by one, and are not stored', async () => {
    double.faults.failRows(1, 'STATUS_INTERNAL_ERROR');
    expect(statuses(await write('a', 'b'))).toEqual(['INTERNAL_ERROR', 'SUCCEED']);
    expect(await stored()).toEqual(['"b"']);
  });

  test('a batch fails as a whole at its end', async () => {
    double.faults.failBatches(1, 'STATUS_DISK_FULL');
    expect(statuses(await write('a', 'b'))).toEqual(['DISK_FULL', 'DISK_FULL']);
    expect(await stored()).toEqual([]);
    expect(statuses(await write('a'))).toEqual(['SUCCEED']);
  });

  test('calls fail with a code, of the named method only, so many times', async () => {
    double.faults.failCalls(1, status.RESOURCE_EXHAUSTED, { method: 'StreamService/Write', details: 'server is under memory pressure' });
    expect(await stored()).toEqual([]);
    const refused = await write('a');
    expect([refused.error?.code, refused.error?.details]).toEqual([status.RESOURCE_EXHAUSTED, 'server is under memory pressure']);
    expect(statuses(await write('a'))).toEqual(['SUCCEED']);
    double.faults.failCalls(2, status.UNAVAILABLE);
    double.faults.clear();
    expect(await stored()).toEqual(['"a"']);
  });

  test('an answer is lost after the rows were stored', async () => {
    double.faults.loseAnswers(1);
    const lost = await write('a');
    expect([lost.error?.code, lost.statuses]).toEqual([status.UNAVAILABLE, []]);
    expect(await stored()).toEqual(['"a"']);
  });

  test('what is new is not seen for so many calls', async () => {
    double.hideNewSchemas(2);
    await client.registry('Stream', 'Create', { stream: { metadata: { group: 'xs', name: 'late' }, tagFamilies: [{ name: 'row', tags: [{ name: 'tenant', type: 'TAG_TYPE_STRING' }] }], entity: { tagNames: ['tenant'] } } });
    const late = { ...element('a'), metadata: { group: 'xs', name: 'late' }, tagFamilySpec: undefined };
    const tries: string[][] = [];
    for (let n = 0; n < 3; n += 1) tries.push(statuses(await client.write('stream', [late])));
    expect(tries).toEqual([['INTERNAL_ERROR'], ['INTERNAL_ERROR'], ['SUCCEED']]);
  });

  test('calls and rows are counted', async () => {
    await write('a', 'b');
    await stored();
    expect([double.calls.get('banyandb.stream.v1.StreamService/Write'), double.calls.get('banyandb.stream.v1.StreamService/Query'), double.rows.stream]).toEqual([1, 1, 2]);
  });

  test('versions and health answer as told', async () => {
    double.apiVersion = '0.9';
    double.serving = false;
    expect((await client.call('banyandb.common.v1.Service', 'GetAPIVersion', {}))['version']).toMatchObject({ version: '0.9' });
    expect(await client.call('grpc.health.v1.Health', 'Check', {})).toMatchObject({ status: 'NOT_SERVING' });
  });

  test('without the right user only the health service answers', async () => {
    await startAnew({ user: 'admin', password: 'secret' });
    expect(await stored()).toEqual([]);
    const stranger = new PlainClient(double.target, { user: 'admin', password: 'wrong' });
    expect(await lab.failure(stranger.registry('Group', 'List', {}))).toBe(`${status.UNAUTHENTICATED}: Invalid credentials`);
    expect((await stranger.write('stream', [element('a')])).error?.code).toBe(status.UNAUTHENTICATED);
    expect(await stranger.call('grpc.health.v1.Health', 'Check', {})).toMatchObject({ status: 'SERVING' });
    stranger.close();
  });
});

describe('restarts of the double', () => {
  test('the same data on the same port', async () => {
    await write('a');
    const target = double.target;
    await double.restart();
    expect(double.target).toBe(target);
    await expect.poll(stored).toEqual(['"a"']);
  });

  test('a crash loses what was not flushed, also the newer version of a row; the registry stays', async () => {
    const point = (v: number): object => ({
      metadata: { group: 'xm', name: 'm' }, dataPointSpec: { tagFamilySpec: [{ name: 'row', tagNames: ['tenant', 'entity'] }], fieldNames: ['v'] },
      messageId: v, dataPoint: { timestamp: stamp(baseMs), version: v, tagFamilies: [{ tags: [str('t'), str('e')] }], fields: [int(v)] },
    });
    await write('a');
    await client.write('measure', [point(1)]);
    double.flush();
    await write('b');
    await client.write('measure', [point(2)]);
    await double.restart({ crash: true });
    await expect.poll(stored).toEqual(['"a"']);
    expect(await lab.measure({ groups: ['xm'], name: 'm', fieldProjection: { names: ['v'] } })).toEqual(['1']);
  });

  test.each([
    ['stream', 1_000],
    ['measure', 5_000],
  ] as const)('a crash loses no %s that was taken more than %d ms before, by its clock', async (kind, flushMs) => {
    let nowMs = Date.now();
    await startAnew({ nowMs: () => nowMs, flushAfterMs: { schema: 0 } });
    const point = (v: string): object => ({
      metadata: { group: 'xm', name: 'm' }, dataPointSpec: { tagFamilySpec: [{ name: 'row', tagNames: ['tenant', 'entity'] }], fieldNames: ['v'] },
      messageId: 1, dataPoint: { timestamp: stamp(baseMs), version: 1, tagFamilies: [{ tags: [str('t'), str(v)] }], fields: [int(v.charCodeAt(0))] },
    });
    const send = (id: string): Promise<WriteAnswer> => (kind === 'stream' ? write(id) : client.write('measure', [point(id)]));
    const found = async (): Promise<number> => (kind === 'stream' ? (await stored()).length : (await lab.measure({ groups: ['xm'], name: 'm', fieldProjection: { names: ['v'] } })).length);
    await send('a');
    nowMs += 1;
    await send('b');
    nowMs += flushMs - 1;
    await double.restart({ crash: true });
    await expect.poll(found).toBe(1);
  });

  test.each([
    ['main', true],
    ['0.10', false],
  ] as const)('%s forgets the youngest changes of its registry when it ends: %s', async (version, forgets) => {
    let nowMs = Date.now();
    await startAnew({ version, nowMs: () => nowMs, flushAfterMs: { stream: 0 } });
    nowMs += 5_000;
    const names = async (): Promise<readonly string[]> => {
      const { group } = (await client.registry('Group', 'List', {})) as { group: readonly { metadata: { name: string } }[] };
      return group.map(({ metadata }) => metadata.name).sort();
    };
    const before = await names();
    await client.registry('Group', 'Delete', { group: 'xs', force: true });
    await double.restart();
    await expect.poll(names).toEqual(forgets ? before : before.filter((name) => name !== 'xs'));
  });

  test('nobody is there before it listens again', async () => {
    const early: string[] = [];
    await double.restart({ before: async () => void early.push(await lab.failure(stored())) });
    expect(early[0]).toMatch(new RegExp(`^${status.UNAVAILABLE}:`));
    await expect.poll(stored).toEqual([]);
  });
});

describe('what would end a real server', () => {
  test('a negation on a skipping index fails', async () => {
    await write('a');
    const query = { groups: ['xs'], name: 's', projection: { tagFamilies: [{ name: 'row', tags: ['svc'] }] }, criteria: condition('skp', 'NE', str('x')) };
    expect(await lab.failure(lab.stream(query))).toContain('panic');
  });

  test('an empty trace id breaks queries until it is flushed', async () => {
    await client.write('trace', [span('good')]);
    await client.write('trace', [span('')]);
    const query = { groups: ['xt'], name: 't', criteria: isIn('trace_id', 'good') };
    expect(await lab.failure(lab.trace(query))).toContain('panic');
    double.flush();
    expect(await lab.trace(query)).toEqual(['good: a[x]']);
  });
});

describe('lifetimes', () => {
  test.each([['main', 0], ['0.10', 1]] as const)('of days past their lifetime %s shows %d elements', async (version, shown) => {
    let nowMs = Date.now();
    await startAnew({ version, nowMs: () => nowMs });
    await write('old');
    expect((await stored()).length).toBe(1);
    nowMs += 10 * 86_400_000;
    expect((await stored()).length).toBe(shown);
  });

  test('a group that is removed takes its data with it', async () => {
    await write('a');
    await client.registry('Group', 'Delete', { group: 'xs', force: true });
    expect(await lab.failure(stored())).toContain("stream doesn't exist");
    expect(await lab.failure(lab.stream({ groups: ['xm'], name: 's', projection: {}, criteria: eq('svc', str('a')) }))).toContain("stream doesn't exist");
  });
});
