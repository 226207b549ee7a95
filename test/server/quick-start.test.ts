/**
 * Issue: the quick start of the gateway's users, without containers. The server runs with the image's command and environment and
 * Compose's; the machine forces free ports, a temporary folder for /data, and a gateway and a model that are played.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocket, type AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { codeBlocks, composeEnvironment, dockerCommand, dockerEnvironment, dockerHealthCheck, readYaml, type Compose } from './deploy-files.js';
import { tellAll, type Passed } from './gateway-telling.js';
import { launcher, rootFolder, startProcess, type ServerProcess } from './process.js';
import { eventually, temporaryFolder } from './support.js';

const run = promisify(execFile);
const page = 'docs/quick-start.md';
const { services } = readYaml('deploy/compose.yaml') as Compose;
const folder = temporaryFolder();
const startedMs = Date.now();
const visibleMs = 15_000;
let server: ServerProcess;
let logqlPort: number;
let gateway: Server;
const passed: Passed[] = [];

async function freePort(): Promise<number> {
  const listening = createSocket().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  listening.close();
  await once(listening, 'close');
  return port;
}

const usage = { prompt_tokens: 42, completion_tokens: 7, total_tokens: 49 };

/** OpenAI's API with one model in it. */
function answer(response: ServerResponse, { model, stream }: { model: string; stream?: boolean }): number {
  if (model !== 'qwen2.5:0.5b') {
    response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `model '${model}' not found`, type: 'api_error' } }));
    return 404;
  }
  const common = { id: 'chatcmpl-1', created: 1, model };
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'South Atlantic' }, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }));
    return 200;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const parts = ['South ', 'Atlantic'].map((content) => ({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
  for (const part of [...parts, { ...common, object: 'chat.completion.chunk', choices: [], usage }]) response.write(`data: ${JSON.stringify(part)}\n\n`);
  response.end('data: [DONE]\n\n');
  return 200;
}

async function playGateway(): Promise<Server> {
  const playing = createServer((request, response) => {
    void textOf(request).then((body) => {
      const asked = JSON.parse(body) as { model: string; stream?: boolean };
      const status = answer(response, asked);
      const tokens = status === 200 ? { tokens: { input: usage.prompt_tokens, output: usage.completion_tokens } } : {};
      passed.push({ id: `request-${passed.length}`, model: asked.model, streaming: asked.stream === true, startMs: Date.now(), durationMs: 120, status, ...tokens });
    });
  }).listen(0, '127.0.0.1');
  await once(playing, 'listening');
  return playing;
}

async function runApp(): Promise<string> {
  const [program = ''] = codeBlocks(page, 'js');
  const { port } = gateway.address() as AddressInfo;
  const env = { ...process.env, GATEWAY_URL: `http://127.0.0.1:${port}/v1` };
  const app = spawn(process.execPath, ['--input-type=module', '-'], { cwd: `${rootFolder}/test`, env, stdio: ['pipe', 'pipe', 'inherit'] });
  app.stdin.end(program);
  return textOf(app.stdout);
}

beforeAll(async () => {
  const environment = { ...dockerEnvironment(), ...composeEnvironment(services['meterlark']) };
  const [node, program, ...words] = dockerCommand();
  // What startProcess starts.
  expect([node, program?.replace('/meterlark/', rootFolder), ...words]).toEqual(['node', launcher, 'start']);
  expect(environment['METERLARK_STORAGE_CLICKHOUSE_PATH']).toBe('/data');
  logqlPort = await freePort();
  server = await startProcess({ ...environment, METERLARK_STORAGE_CLICKHOUSE_PATH: `${folder}/data`, METERLARK_ENDPOINT_LOGQL_PORT: String(logqlPort) });
  gateway = await playGateway();
});
afterAll(async () => {
  gateway.close();
  if (server.child.exitCode === null) await server.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function healthy(httpPort: string): Promise<unknown> {
  const [, ...words] = dockerHealthCheck();
  return run(process.execPath, words, { env: { ...process.env, METERLARK_SERVER_HTTP_PORT: httpPort } });
}

test('the health check of the image tells that it is ready', async () => {
  expect((await fetch(`${server.httpUrl}/healthcheck`)).status).toBe(200);
  await healthy(new URL(server.httpUrl).port);
  await expect(healthy(String(await freePort()))).rejects.toMatchObject({ code: 1 });
});

test('the application makes a normal, a streaming and a failing call through the gateway, which tells of them', async () => {
  expect(await runApp()).toBe('normal: South Atlantic\nstreaming: South Atlantic\nfailing: 404\n');
  expect(passed.map(({ model, streaming, status }) => [model, streaming, status])).toEqual([
    ['qwen2.5:0.5b', false, 200], ['qwen2.5:0.5b', true, 200], ['nonexistent-model', false, 404],
  ]);
  const environment = composeEnvironment(services['aigw']);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value.replace('http://meterlark:11800', server.grpcUrl));
  expect(process.env['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe(server.grpcUrl);
  await tellAll(passed);
  vi.unstubAllEnvs();
});

/** The page's queries in order, with the times that its shell sets, but for an hour or a day that ends while the test runs. */
function queries(): readonly string[] {
  const text = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
  const times: Readonly<Record<string, string>> = { from: text(startedMs - 60_000), to: text(Date.now() + 60_000) };
  const day = (timeMs: number): string => text(timeMs).slice(0, 10);
  return codeBlocks(page, 'sh').flatMap((block) => [.../^ask <<EOF\n([\s\S]*?)^EOF$/gm.exec(block)?.slice(1) ?? []]).map((query) =>
    query.replaceAll('start: "$today"', `start: "${day(startedMs)}"`).replaceAll('end: "$today"', `end: "${day(Date.now())}"`).replaceAll(/\$(from|to)/g, (_, name: string) => times[name] ?? ''));
}

async function ask<T>(starting: string): Promise<T> {
  const query = queries().find((each) => each.includes(starting)) ?? '';
  const response = await fetch(`${server.httpUrl}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
  expect([query.length > 0, errors]).toEqual([true, undefined]);
  return data;
}

interface Expression {
  readonly error: string | null;
  readonly results: readonly { readonly values: readonly { readonly value: string | null }[]; readonly metric?: { readonly labels: readonly { readonly value: string }[] } }[];
}
const numbers = ({ results }: Expression): number[] => results.flatMap(({ values }) => values.flatMap(({ value }) => (value === null ? [] : [Number(value)])));
const failed = { model: 'nonexistent-model', status: 'error', cost: { source: 'none', totalUsd: null } };

test('the service and its metrics are as the page says', async () => {
  const metrics = await eventually(() => ask<Record<'requests' | 'outputTokens' | 'byModel', Expression>>('execExpression'), ({ requests }) => numbers(requests).length > 0, visibleMs);
  expect(Object.values(metrics).map(({ error }) => error)).toEqual([null, null, null]);
  expect([numbers(metrics.requests), numbers(metrics.outputTokens)]).toEqual([[3], [14]]);
  const models = metrics.byModel.results.map(({ metric, values }) => [metric?.labels.map(({ value }) => value).join(), Number(values[0]?.value)]);
  expect(models).toEqual(expect.arrayContaining([['qwen2.5:0.5b', 2], ['nonexistent-model', 1]]));
  const { listServices } = await ask<{ listServices: object[] }>('listServices');
  expect(listServices).toMatchObject([{ name: 'quick-start-gateway', layers: expect.arrayContaining(['ENVOY_AI_GATEWAY']) as string[] }]);
});

test('the failed call is found in the log, with the call that it tells of', async () => {
  interface Answer {
    readonly queryLogs: { readonly logs: readonly { readonly modelCall: { readonly id: string } | null }[] };
  }
  const { queryLogs } = await eventually(() => ask<Answer>('queryLogs'), ({ queryLogs: { logs: [first] } }) => first !== undefined && first.modelCall !== null, visibleMs);
  expect(queryLogs.logs).toMatchObject([{ serviceName: 'quick-start-gateway', serviceInstanceName: 'aigw-1', modelCall: failed }]);
  const [curl = ''] = codeBlocks(page, 'sh').filter((block) => block.includes('/loki/'));
  const [, path = '', query = ''] = /127\.0\.0\.1:3100(\S+) --data-urlencode 'query=([^']*)'/.exec(curl) ?? [];
  const response = await fetch(`http://127.0.0.1:${logqlPort}${path}?${new URLSearchParams({ query }).toString()}`);
  expect(((await response.json()) as { data: { result: readonly { values: unknown[] }[] } }).data.result.flatMap(({ values }) => values)).toHaveLength(1);
});

test('every call is listed once, though a span and an access log tell of it, and costs what is known', async () => {
  type Calls = { readonly queryModelCalls: { readonly calls: readonly { readonly model: string; readonly tokens: object; readonly cost: object }[] } };
  const { queryModelCalls } = await eventually(() => ask<Calls>('queryModelCalls'), (answered) => answered.queryModelCalls.calls.length >= 3, visibleMs);
  const unknown = { model: 'qwen2.5:0.5b', status: 'ok', tokens: { input: 42, output: 7 }, cost: { source: 'unknown', totalUsd: null } };
  const calls = [...queryModelCalls.calls].sort((left, right) => (left.model < right.model ? -1 : 1));
  expect(calls).toMatchObject([failed, unknown, unknown]);
  const { modelCallBreakdown } = await ask<{ modelCallBreakdown: { groups: { value: string }[]; measures: { value: string | null }[] }[] }>('modelCallBreakdown');
  const rows = modelCallBreakdown.map(({ groups, measures }) => [groups[0]?.value, ...measures.slice(0, 5).map(({ value }) => value)]);
  expect(rows).toEqual([['qwen2.5:0.5b', '2', '0', '84', '14', null], ['nonexistent-model', '1', '1', null, null, expect.toBeOneOf([null, '0'])]]);
  expect(await ask('unpricedModels')).toMatchObject({ unpricedModels: [{ model: 'qwen2.5:0.5b', calls: 2 }] });
});

test('metrics, access logs and spans agree', async () => {
  type Row = { readonly model: string; readonly requests: number; readonly missing: readonly string[]; readonly signals: readonly { readonly sent: boolean }[] };
  const { signalCoverage } = await eventually(() => ask<{ signalCoverage: readonly Row[] }>('signalCoverage'), (answered) => answered.signalCoverage.length === 2, visibleMs);
  expect(signalCoverage.map(({ model, requests, missing, signals }) => [model, requests, missing, signals.map(({ sent }) => sent)]).sort()).toEqual([
    ['nonexistent-model', 1, [], [true, true, true]], ['qwen2.5:0.5b', 2, [], [true, true, true]],
  ]);
});

test('every query of the page was asked', () => {
  expect(queries()).toHaveLength(7);
});

test('a stopped container drains and exits 0', async () => {
  expect(await server.end('SIGTERM')).toBe(0);
});
