/** Issue: in a fresh clone the server, the demo and the README's query give numbers. The clone itself is .ci/run's. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickhouseAt, rootFolder, startProcess, type ServerProcess } from './process.js';
import { temporaryFolder } from './support.js';

const run = promisify(execFile);
const folder = temporaryFolder();
let server: ServerProcess;
let zipkinUrl: string;
let logqlUrl: string;

/** The demo must know ports that the ready line does not tell. */
async function freePort(): Promise<number> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  listening.close();
  await once(listening, 'close');
  return port;
}

beforeAll(async () => {
  const [zipkin, logql] = [await freePort(), await freePort()];
  zipkinUrl = `http://127.0.0.1:${zipkin}`;
  logqlUrl = `http://127.0.0.1:${logql}`;
  const ports = { METERLARK_RECEIVER_ZIPKIN_PORT: String(zipkin), METERLARK_ENDPOINT_LOGQL_PORT: String(logql) };
  server = await startProcess({ ...clickhouseAt(folder), ...ports });
});
afterAll(async () => {
  await server.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** The commands that README.md prints under "A first query". */
function readmeQuery(number: number): string {
  const blocks = [...readFileSync(join(rootFolder, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  const query = blocks.filter((text) => text.startsWith('curl '))[number];
  if (query === undefined) throw new Error('README.md has too few curl commands');
  return query.replace('http://127.0.0.1:12800', server.httpUrl);
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('skipped: the README query, because curl is not installed');

describe('a newcomer', () => {
  test('npm run demo finds what it sent equal to what the server answers', async () => {
    const demo = join(rootFolder, 'test/dist/demo.js');
    const { stdout } = await run(process.execPath, [demo, '--endpoint', server.grpcUrl, '--query', server.httpUrl, '--zipkin', zipkinUrl, '--logql', logqlUrl]);
    expect(stdout).toContain('sent and answered are equal');
    // Two gateways with ten metrics each; of the agent 33 metrics of providers, a model, the caller and the service, three lists and eleven of logs;
    // of the access logs of each gateway 15 lists (16 where spans are compared), and one of each response code.
    const codes = stdout.match(/^ {2}kept, (llm|mcp) \d{3} +([1-9]\d*) \/ \2 +all equal$/gm) ?? [];
    expect(codes.length).toBeGreaterThanOrEqual(8);
    expect(stdout.match(/all equal/g)).toHaveLength(20 + 33 + 3 + 11 + 15 + 16 + codes.length);
    expect(stdout).toMatch(/^ {2}kept, with their model calls +([1-9]\d*) \/ \1 +all equal$/m);
    expect(stdout).toMatch(/^ {2}models of which spans tell all +([1-9]\d*) \/ \1 +all equal$/m);
    expect(stdout).toMatch(/demo-agent: \d+ model calls in \d+ runs \([1-9]\d* otlp, [1-9]\d* zipkin, [1-9]\d* skywalking\)/);
    // The cost of all calls, to the last digit of a picodollar.
    expect(stdout).toMatch(/^ {2}demo-agent .* (\d\.\d{6,}) \/ \1 {3}equal$/m);
    expect(stdout).toMatch(/^ {2}house-llm-70b .* unknown \/ unknown {3}equal$/m);
  });

  test.skipIf(!hasCurl)('the query of the README gives numbers', async () => {
    const { stdout } = await run('bash', ['-c', readmeQuery(0)]);
    const { data } = JSON.parse(stdout) as { data: { requests: { type: string; results: { values: { value: string | null }[] }[] } } };
    expect(data.requests.type).toBe('TIME_SERIES_VALUES');
    const values = data.requests.results[0]!.values.map(({ value }) => Number(value));
    expect(values).toHaveLength(10);
    // The demo's hour ends where it began; on a busy machine it is a minute or two past that when it is done.
    expect(values.slice(0, 8).every((value) => value > 0)).toBe(true);
  });

  test.skipIf(!hasCurl)('the breakdown of the README answers what each team has spent', async () => {
    const { stdout } = await run('bash', ['-c', readmeQuery(1)]);
    interface Group { readonly groups: readonly { readonly value: string }[]; readonly measures: readonly { readonly name: string; readonly value: string | null }[] }
    const { data } = JSON.parse(stdout) as { data: { modelCallBreakdown: readonly Group[] } };
    const teams = data.modelCallBreakdown.map(({ groups }) => groups[0]!.value);
    // In the first hour of a day some of the demo's calls were yesterday.
    if (new Date().getUTCHours() > 0) expect([...teams].sort()).toEqual(['research', 'search', 'support']);
    for (const { measures } of data.modelCallBreakdown) expect(measures.map(({ name }) => name)).toEqual(['costUsd', 'calls', 'errors']);
  });

  test.skipIf(!hasCurl)('the search of the README finds access logs with the calls they tell of', async () => {
    const { stdout } = await run('bash', ['-c', readmeQuery(2)]);
    interface Line { readonly content: string; readonly modelCall: { readonly model: string; readonly errorType: string } | null }
    const { data } = JSON.parse(stdout) as { data: { queryLogsByName: { logs: readonly Line[] } } };
    const { logs } = data.queryLogsByName;
    if (new Date().getUTCHours() > 0) expect(logs).toHaveLength(5);
    for (const { content, modelCall } of logs) {
      expect(content).toContain(' no-such-model 404 ');
      expect(modelCall).toMatchObject({ model: 'no-such-model', errorType: 'NotFoundError', cost: { source: 'none' } });
    }
  });

  test('the ready line is the one outside checks rely on', () => {
    expect(server.readyLine).toMatch(/^meterlark ready grpc=\d+ http=\d+ admin=\d+ storage=clickhouse ms=\d+$/);
  });
});
