import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer, type Server } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseCommandLine } from '../../src/host/arguments.js';
import { isAdminHost } from '../../src/host/admin-address.js';
import { http } from '../server/support.js';
import { exitCodes, FakeTerminal } from './fake-terminal.js';
import { makeRoot, speakerFiles } from './temp-root.js';

const roots: { remove(): void }[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) root.remove();
});

function root(): string {
  const made = makeRoot(speakerFiles);
  roots.push(made);
  return made.folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

interface RunningServer {
  readonly port: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

async function startServer(given: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const [folder, port] = [root(), await freePort()];
  const environment = { METERLARK_SERVER_ADMIN_PORT: String(port), ...given };
  const server = new FakeTerminal(folder, environment);
  const ended = server.run('start');
  await server.printed('meterlark ready');
  const stop = async (): Promise<void> => {
    server.stop();
    expect(await ended).toBe(exitCodes.fine);
  };
  return { port, folder, environment, stop };
}

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return String((server.address() as AddressInfo).port);
}

const sayTwice = { method: 'POST', body: JSON.stringify({ name: 'say twice', words: ['x'], options: {} }) };
const jsonType = { 'content-type': 'application/json' };

describe('the command line', () => {
  test("keeps a plugin's words and options in order and takes its own out, wherever they stand", () => {
    const line = parseCommandLine(['--json', 'reprice', '--from', '2026-01-01', '--config', 'a.yml', '--dry-run', '--set=storage=memory', 'x']);
    expect(line).toMatchObject({ command: 'plugin', json: true, config: 'a.yml', rest: ['reprice', '--from', '2026-01-01', '--dry-run', 'x'] });
    expect([...line.flags]).toEqual([['storage', 'memory']]);
  });

  test('an option of ours without its value is told', () => {
    expect(() => parseCommandLine(['reprice', '--config'])).toThrow(/--config/);
  });
});

describe("a plugin's command", () => {
  test('runs without starting anything when it needs no store', async () => {
    const terminal = new FakeTerminal(root());
    expect(await terminal.run('say', 'hello', '--loud', '--to', 'you')).toBe(exitCodes.fine);
    expect(terminal.out).toBe('hello! you\n');
  });

  test('answers JSON, and 1 when it found something', async () => {
    const terminal = new FakeTerminal(root());
    expect(await terminal.run('say', 'fault', '--json')).toBe(exitCodes.faultsFound);
    expect(JSON.parse(terminal.out)).toEqual({ said: 'fault' });
  });

  test('starts a host without listeners when no server runs', async () => {
    const terminal = new FakeTerminal(root(), { METERLARK_SERVER_ADMIN_PORT: String(await freePort()) });
    expect(await terminal.run('say', 'twice', 'yes')).toBe(exitCodes.fine);
    expect([terminal.out, terminal.log.includes('listener/shared')]).toEqual(['yes yes (started)\n', false]);
  });

  test('runs in the server that is running, by its admin port', async () => {
    const folder = root();
    const environment = { METERLARK_SERVER_ADMIN_PORT: String(await freePort()) };
    const server = new FakeTerminal(folder, environment);
    const ended = server.run('start');
    await server.printed('meterlark ready');
    const [terminal, wrong] = [new FakeTerminal(folder, environment), new FakeTerminal(folder, environment)];
    expect([await terminal.run('say', 'twice', 'yes', '--loud'), terminal.out]).toEqual([exitCodes.fine, 'yes yes! (started)\n']);
    expect(terminal.log).not.toContain('provider started');
    expect([await wrong.run('say', 'twice'), wrong.log.split('\n')[0]]).toEqual([exitCodes.usage, 'TEST_NOTHING_SAID: nothing to say']);
    server.stop();
    expect(await ended).toBe(exitCodes.fine);
  });

  test('says so when something else has the admin port', async () => {
    const other = createHttpServer((_request, response) => response.writeHead(404).end('not here')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const terminal = new FakeTerminal(root(), { METERLARK_SERVER_ADMIN_PORT: String((other.address() as AddressInfo).port) });
    expect(await terminal.run('say', 'twice', 'yes')).toBe(exitCodes.usage);
    expect(terminal.log).toMatch(/METERLARK_HOST_SERVER_ANSWER: what listens on http:\/\/127\.0\.0\.1:\d+ answered 404: not here/);
    other.close();
  });

  test('waits for its answer longer than fetch does, which gives up after five minutes', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause: new Error('Headers Timeout Error') })));
    const server = await startServer();
    const terminal = new FakeTerminal(server.folder, server.environment);
    expect([await terminal.run('say', 'twice', 'yes'), terminal.out]).toEqual([exitCodes.fine, 'yes yes (started)\n']);
    expect(terminal.log).not.toContain('provider started');
    vi.unstubAllGlobals();
    await server.stop();
  });

  test('says so when the server goes away before it has answered', async () => {
    const other = createHttpServer((request) => request.socket.destroy());
    const terminal = new FakeTerminal(root(), { METERLARK_SERVER_ADMIN_PORT: await listening(other) });
    expect(await terminal.run('say', 'twice', 'yes')).toBe(exitCodes.usage);
    expect(terminal.log).toMatch(/METERLARK_HOST_SERVER_GONE: the server on http:\/\/127\.0\.0\.1:\d+ /);
    other.close();
  });

  test('is not run for a page whose name was made to lead to the admin port', async () => {
    const { port, stop } = await startServer();
    const asked = (host: string) => http(port, '/commands', { ...sayTwice, headers: { ...jsonType, host } });
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
      const answer = await asked(host);
      expect([host, answer.status, answer.json()['error']]).toEqual([host, 400, 'METERLARK_HOST_COMMAND_HOST']);
    }
    for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) expect((await asked(host)).status).toBe(200);
    await stop();
  });

  test("needs the token of queries when one is set, which the command line sends", async () => {
    const { port, folder, environment, stop } = await startServer({ METERLARK_SERVER_QUERY_TOKEN: 'secret' });
    expect((await http(port, '/commands', { ...sayTwice, headers: jsonType })).status).toBe(401);
    const terminal = new FakeTerminal(folder, environment);
    expect([await terminal.run('say', 'twice', 'yes'), terminal.out]).toEqual([exitCodes.fine, 'yes yes (started)\n']);
    const wrong = new FakeTerminal(folder, { ...environment, METERLARK_SERVER_QUERY_TOKEN: 'guess' });
    expect(await wrong.run('say', 'twice', 'yes')).toBe(exitCodes.usage);
    expect(wrong.log).toMatch(/METERLARK_HOST_SERVER_ANSWER: .* answered 401/);
    await stop();
  });

  test.each([
    ['an unknown option', ['say', 'x', '--soft'], /say: Unknown option '--soft'/],
    ['an unknown command', ['shout'], /unknown command: shout \(beside start, check, version, rules check and copy there are: mask check, say, say twice\)/],
    ['words that it refuses', ['say'], /TEST_NOTHING_SAID/],
  ])('%s is a wrong usage', async (_what, words, message) => {
    const terminal = new FakeTerminal(root());
    expect(await terminal.run(...words)).toBe(exitCodes.usage);
    expect(terminal.log).toMatch(message);
  });

  test('is part of the help', async () => {
    const terminal = new FakeTerminal(root());
    expect(await terminal.run('--help')).toBe(exitCodes.fine);
    expect(terminal.out).toMatch(/say twice WORD \[--loud\] \[--to NAME\]\n +Says a word\./);
  });

  test.each([['nothing', ''], ['no JSON', '{'], ['no words', '{"name":"say"}'], ['wrong options', '{"name":"say","words":[],"options":{"a":1}}']])(
    'a request with %s is refused by the admin port',
    async (_what, body) => {
      const environment = { METERLARK_SERVER_ADMIN_PORT: String(await freePort()) };
      const server = new FakeTerminal(root(), environment);
      const ended = server.run('start');
      await server.printed('meterlark ready');
      const url = `http://127.0.0.1:${environment.METERLARK_SERVER_ADMIN_PORT}/commands`;
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const form = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
      expect([answer.status, form.status]).toEqual([400, 415]);
      server.stop();
      await ended;
    },
  );
});

test.each([
  ['localhost:17128', '127.0.0.1', true],
  ['LOCALHOST', '127.0.0.1', true],
  ['127.9.9.9:1', '10.0.0.1', true],
  ['[::1]:17128', '10.0.0.1', true],
  ['10.0.0.1:17128', '10.0.0.1', true],
  ['Meter.internal:17128', 'meter.internal', true],
  ['[fd00::1]:17128', 'fd00::1', true],
  ['10.0.0.2', '10.0.0.1', false],
  ['127.evil.example', '127.0.0.1', false],
  ['user@localhost', '127.0.0.1', false],
  ['localhost:x', '127.0.0.1', false],
  ['', '', false],
  [undefined, '', false],
])('the host %s is one of an admin server at %s: %s', (header, configured, expected) => {
  expect(isAdminHost(header, configured)).toBe(expected);
});
