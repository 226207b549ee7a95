import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/host/arguments.js';
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

  test.each([
    ['an unknown option', ['say', 'x', '--soft'], /say: Unknown option '--soft'/],
    ['an unknown command', ['shout'], /unknown command: shout \(beside start, check, version and rules check there are: mask check, say, say twice\)/],
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
