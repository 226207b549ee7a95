import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packagesOf } from '../../build.mjs';

const launcher = fileURLToPath(new URL('../../bin/meterlark.cjs', import.meta.url));
const bundle = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('the bundle', () => {
  test('packages of the inventory become chunks, files do not', () => {
    const inventory = "a/b: '@meterlark/receiver-otlp'\na/c: ./c.mjs\na/d: /d.mjs\na/e: file:///e.mjs\na/f: '@meterlark/receiver-otlp'\n";
    expect(packagesOf(inventory)).toEqual(['@meterlark/receiver-otlp']);
    expect(packagesOf('')).toEqual([]);
  });

  test.runIf(process.platform === 'linux' && existsSync(bundle))('a provider that is not selected is not loaded: no chDB on memory', async () => {
    const names = ['SERVER_GRPC', 'SERVER_HTTP', 'SERVER_ADMIN', 'RECEIVER_ZIPKIN', 'ENDPOINT_ZIPKIN', 'ENDPOINT_LOGQL'];
    const port = Object.fromEntries(names.map((name) => [`METERLARK_${name}_PORT`, '0']));
    const env = { PATH: process.env['PATH'], METERLARK_STORAGE: 'memory', ...port };
    const server = spawn(process.execPath, [launcher], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(server, 'exit');
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    expect(line).toMatch(/^meterlark ready .* storage=memory /);
    expect(readFileSync(`/proc/${server.pid ?? 0}/maps`, 'utf8')).not.toContain('chdb');
    server.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
