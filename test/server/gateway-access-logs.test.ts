/** Issue: which access logs of the gateway are kept, and what they are called. */
import { isGatewayLog } from '@meterlark/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsOf, settle, type AskedLog } from './questions.js';
import { accessLog, sendLogs, type SentLog, type Tags } from './senders.js';
import { startServer, type RunningServer } from './support.js';

const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
const layered = { 'service.layer': 'ENVOY_AI_GATEWAY', 'service.instance.id': 'aigw-1' };
const noModel: Tags = { 'gen_ai.request.model': '-' };
const tokens = (input: string, output: string): Tags => ({ 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output });
const mcp = (code: string, more: Tags = {}): Tags => ({ ...noModel, 'mcp.method.name': 'tools/call', 'mcp.provider.name': 'github', response_code: code, ...more });

type Kept = 'llm' | 'mcp' | 'dropped' | 'sampled';
type Row = readonly [what: string, values: Tags, kept: Kept];

/** `sampled`: an ordinary success. */
const decisions: readonly Row[] = [
  ['a client error, without tokens', { response_code: '404' }, 'llm'],
  ['the first status that is an error', { response_code: '400', ...tokens('10', '5') }, 'llm'],
  ['the last status that is none', { response_code: '399', ...tokens('10', '5') }, 'sampled'],
  ['an upstream failure with a code', { response_code: '503', upstream_transport_failure_reason: 'delayed connect error: 111' }, 'llm'],
  ['an upstream failure behind a success', { response_code: '200', upstream_transport_failure_reason: 'TLS error', ...tokens('1', '1') }, 'llm'],
  ['an upstream failure without a code', { response_code: '-', upstream_transport_failure_reason: 'TLS error' }, 'llm'],
  ['an upstream failure with an empty code', { response_code: '', upstream_transport_failure_reason: 'TLS error' }, 'llm'],
  ['neither code nor failure', { response_code: '-' }, 'dropped'],
  ['an empty code and an empty failure', { response_code: '', upstream_transport_failure_reason: '' }, 'dropped'],
  ['tokens right below the limit', { ...tokens('9000', '999') }, 'sampled'],
  ['tokens right at the limit', { ...tokens('9000', '1000') }, 'llm'],
  ['output alone reaching the limit', { ...tokens('0', '10000') }, 'llm'],
  ['many tokens as a gateway may write them', { ...tokens('1.23457e+06', '12') }, 'llm'],
  ['an ordinary success', { ...tokens('10', '5') }, 'sampled'],
  ['a success of which no tokens are known', {}, 'sampled'],
  ['a success of which only input is known, however much', { ...tokens('50000', '-') }, 'sampled'],
  ['a success of which only output is known', { ...tokens('', '50000') }, 'sampled'],
  ['a request that its client left', { response_code: '0' }, 'sampled'],
  ['a success whose tokens are no numbers', { ...tokens('many', '5') }, 'llm'],
  ['a success whose output is no number, of which no input is known', { ...tokens('-', '12k') }, 'llm'],
  ['tokens below zero', { ...tokens('10', '-5') }, 'llm'],
  ['tokens in hexadecimal', { ...tokens('0x10', '5') }, 'llm'],
  ['more tokens than any call uses', { ...tokens('1e99', '5') }, 'llm'],
  ['tokens without end', { ...tokens('9'.repeat(400), '5') }, 'llm'],
  ['tokens that are infinite', { ...tokens('Infinity', 'NaN') }, 'llm'],
  ['a code that is no number', { response_code: 'teapot' }, 'llm'],
  ['a code that is no number, few tokens', { response_code: 'abc', ...tokens('10', '5') }, 'llm'],
  ['a code that is none of HTTP', { response_code: '99999999999', ...tokens('10', '5') }, 'llm'],
  ['a code below zero', { response_code: '-1', ...tokens('10', '5') }, 'llm'],
  ['no model and no method', { ...noModel, response_code: '500' }, 'dropped'],
  ['an empty model', { 'gen_ai.request.model': '', response_code: '500' }, 'dropped'],
  ['MCP, an error', mcp('500'), 'mcp'],
  ['MCP, the first status that is an error', mcp('400'), 'mcp'],
  ['MCP, a success', mcp('200'), 'sampled'],
  ['MCP, the last status that is none', mcp('399'), 'sampled'],
  ['MCP without a code, though it failed upstream', mcp('-', { upstream_transport_failure_reason: 'TLS error' }), 'dropped'],
  ['MCP, a code that is no number', mcp('teapot'), 'mcp'],
  ['MCP, a code that is none of HTTP', mcp('1e9'), 'mcp'],
  ['MCP, a method that is "-"', mcp('500', { 'mcp.method.name': '-' }), 'dropped'],
];

/** Every row as its own request. */
function lines(): readonly SentLog[] {
  return decisions.map(([what, values], place) => accessLog({ ...values, 'x-request-id': what }, { timeMs: nowMs + place }));
}

function byRequest(logs: readonly AskedLog[]): ReadonlyMap<string, readonly AskedLog[]> {
  const found = new Map<string, AskedLog[]>();
  for (const log of logs) {
    const id = log.tags['x-request-id'] ?? '';
    found.set(id, [...(found.get(id) ?? []), log]);
  }
  return found;
}

async function withGateway(settings: object): Promise<RunningServer> {
  return startServer({ storage: 'memory', settings: { 'analysis/envoy-ai-gateway': settings } });
}

describe.each([
  ['0 percent of ordinary successes', 0],
  ['100 percent of them', 100],
])('with %s', (_what, keepSuccessPercent) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await withGateway({ keepSuccessPercent });
    await sendLogs(server, { service: 'edge', resource: layered }, lines());
    await sendLogs(server, { service: 'bare' }, lines());
    await settle(server);
  });
  afterAll(() => server.stop());

  const expected = (kept: Kept): Kept => (kept !== 'sampled' ? kept : keepSuccessPercent === 0 ? 'dropped' : 'sampled');

  test.each(decisions)('%s', async (what, values, kept) => {
    const found = byRequest(await logsOf(server, nowMs, { serviceId: idOf('edge') })).get(what) ?? [];
    const wanted = expected(kept);
    const type = wanted === 'sampled' ? ('mcp.method.name' in values ? 'mcp' : 'llm') : wanted;
    expect(found.map(({ tags, layer, serviceInstanceName }) => [tags['ai_route_type'], layer, serviceInstanceName])).toEqual(
      wanted === 'dropped' ? [] : [[type, 'ENVOY_AI_GATEWAY', 'aigw-1']],
    );
  });

  test('a gateway that does not say its layer is known by its logs, and they are decided upon alike', async () => {
    const told = byRequest(await logsOf(server, nowMs, { serviceId: idOf('edge') }));
    const bare = byRequest(await logsOf(server, nowMs, { serviceId: idOf('bare') }));
    // What names neither model nor method is nobody's: then it is an ordinary log.
    const strange = decisions.filter(([, values]) => isNobodys(values)).map(([what]) => what);
    const shown = (logs: ReadonlyMap<string, readonly AskedLog[]>): readonly unknown[] =>
      [...logs].filter(([what]) => !strange.includes(what)).map(([what, [log]]) => [what, log?.tags['ai_route_type'], log?.layer]).sort();
    expect(shown(bare)).toEqual(shown(told));
    expect(told.size).toBeGreaterThan(10);
  });
});

/** No text but "-" and "" names what it is about. */
function isNobodys(values: Tags): boolean {
  const named = (key: string, usual: string): boolean => !['', '-'].includes(String(values[key] ?? usual));
  return !named('gen_ai.request.model', 'gpt-4o') && !named('mcp.method.name', '-');
}

function idOf(service: string): string {
  return `${Buffer.from(service).toString('base64')}.1`;
}

describe('with 50 percent of ordinary successes', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await withGateway({ keepSuccessPercent: 50, errorStatus: 500, highTokens: 100 });
  });
  afterAll(() => server.stop());

  test('about half are kept, the same ones when they are sent again', async () => {
    const sent = Array.from({ length: 60 }, (_, place) => accessLog({ ...tokens('10', '5'), 'x-request-id': `r-${place}` }, { timeMs: nowMs + place }));
    const kept = async (service: string): Promise<readonly string[]> => {
      await settle(server);
      return [...byRequest(await logsOf(server, nowMs, { serviceId: idOf(service) })).keys()].sort();
    };
    await sendLogs(server, { service: 'half', resource: layered }, sent);
    const first = await kept('half');
    await sendLogs(server, { service: 'half', resource: layered }, sent);
    expect(await kept('half')).toEqual(first);
    expect(first.length).toBeGreaterThan(12);
    expect(first.length).toBeLessThan(48);
  });

  test('the other thresholds are settings as well', async () => {
    const rows: readonly (readonly [string, Tags])[] = [['500', { response_code: '500' }], ['100 tokens', tokens('90', '10')]];
    await sendLogs(server, { service: 'strict', resource: layered }, rows.map(([id, values]) => accessLog({ ...values, 'x-request-id': id }, { timeMs: nowMs })));
    await settle(server);
    expect([...byRequest(await logsOf(server, nowMs, { serviceId: idOf('strict') })).keys()].sort()).toEqual(['100 tokens', '500']);
  });
});

test('without a layer the same shapes are access logs to the rules and to all else that reads them', async () => {
  const server = await withGateway({});
  const keys = ['upstream_cluster', 'x-envoy-origin-path', 'x-request-id', 'response_code'];
  const combinations = Array.from({ length: 16 }, (_, bits) => keys.filter((_key, place) => (bits & (1 << place)) !== 0));
  const told: Tags = { 'gen_ai.request.model': 'gpt-4o', upstream_transport_failure_reason: 'TLS error' };
  for (const present of combinations) {
    const attributes = { ...told, ...Object.fromEntries(present.map((key) => [key, key === 'response_code' ? '500' : 'some'])) };
    await sendLogs(server, { service: `with ${present.join()}` }, [{ timeMs: nowMs, body: 'x', attributes }]);
  }
  await settle(server);
  const ofGateway = (await logsOf(server, nowMs)).filter(({ tags }) => tags['ai_route_type'] === 'llm').map(({ serviceName }) => serviceName);
  const expected = combinations.filter((present) => isGatewayLog('', (key) => key in told || present.includes(key)));
  expect(ofGateway.sort()).toEqual(expected.map((present) => `with ${present.join()}`).sort());
  expect(expected).toHaveLength(13);
  await server.stop();
});

test('a log of an application that names a model is no access log', async () => {
  const server = await withGateway({});
  await sendLogs(server, { service: 'app' }, [{ timeMs: nowMs, body: 'asked', attributes: { 'gen_ai.request.model': 'gpt-4o' } }]);
  await settle(server);
  expect((await logsOf(server, nowMs)).map(({ serviceName, layer, tags }) => [serviceName, layer, tags['ai_route_type']])).toEqual([['app', 'GENERAL', undefined]]);
  await server.stop();
});
