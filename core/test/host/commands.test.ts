import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { equivalents } from '../../src/host/skywalking-variables.js';
import { version } from '../../src/host/version.js';
import { exitCodes, FakeTerminal } from './fake-terminal.js';
import { makeRoot } from './temp-root.js';

const roots: { remove(): void }[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) root.remove();
});

function terminal(files: Record<string, string> = {}, environment: Record<string, string> = {}): FakeTerminal {
  const root = makeRoot(files);
  roots.push(root);
  return new FakeTerminal(root.folder, environment);
}

describe('small commands', () => {
  test('version', async () => {
    const [plain, json] = [terminal(), terminal()];
    expect([await plain.run('version'), plain.out]).toEqual([exitCodes.fine, `${version}\n`]);
    expect([await json.run('version', '--json'), JSON.parse(json.out)]).toEqual([exitCodes.fine, { version }]);
  });

  test('help goes to stdout, wrong usage to stderr with exit 2', async () => {
    const [help, wrong] = [terminal(), terminal()];
    expect(await help.run('--help')).toBe(exitCodes.fine);
    expect(help.out).toContain('rules check PATH');
    expect(await wrong.run('brew')).toBe(exitCodes.usage);
    expect([wrong.out, wrong.log.split('\n')[0]]).toEqual(['', expect.stringMatching(/^METERLARK_HOST_USAGE: unknown command: brew/)]);
  });
});

describe('check', () => {
  test('lists start order and settings with their sources, and masks secrets', async () => {
    const shell = terminal({}, { METERLARK_STORAGE_EMPTY_SECRET: 'hunter2' });
    expect(await shell.run('check')).toBe(exitCodes.fine);
    expect(shell.out).toMatch(/storage\/empty\n[^]*stream\/minutes\n/);
    expect(shell.out).toMatch(/storage\/empty\.secret +\*{8} \(environment\)/);
    expect(shell.out + shell.log).not.toContain('hunter2');
  });

  test('as JSON', async () => {
    const shell = terminal();
    expect(await shell.run('check', '--json')).toBe(exitCodes.fine);
    const report = JSON.parse(shell.out) as { ok: boolean; settings: { key: string; env: string; source: string }[] };
    expect(report.ok).toBe(true);
    expect(report.settings).toContainEqual({ key: 'server/shared.grpc.port', env: 'METERLARK_SERVER_GRPC_PORT', value: '0', source: 'file' });
  });

  test.each([
    ['an unknown key', { 'config/server.yml': 'storage: empty\nserver/shared: { grcp: { port: 1 } }' }, 'server.yml:2:18: unknown setting server/shared.grcp'],
    ['a number for the settings of the process', { 'config/server.yml': 'storage: empty\nhost/shared: 5' }, 'server.yml:2:1: host/shared must be on, off or a map'],
    ['a throwing import', { 'plugins/empty.mjs': "throw new Error('bad day');" }, 'bad day'],
    ['a missing promise', { 'plugins/empty.mjs': "export default ({ StorageModule }) => ({ module: StorageModule, name: 'empty', config: {} });" }, 'storage.MetricWriter'],
    ['a duplicate identity', { 'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nstorage/empty: x\n' }, 'inventory.yml:2:1'],
    ['an identity of core', { 'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nserver/shared: x\n' }, 'it is built in'],
    ['a selector without a provider', { 'config/inventory.yml': '' }, 'storage names empty, and the inventory has no storage/empty'],
    ['no storage at all', { 'config/inventory.yml': '', 'config/server.yml': '' }, 'stream/minutes requires the module storage'],
  ])('%s exits 2 with the cure, as start does', async (_name, files, words) => {
    for (const command of ['check', 'start']) {
      const shell = terminal(files);
      expect(await shell.run(command)).toBe(exitCodes.usage);
      expect(shell.log).toContain(words);
      expect(shell.log).toContain('  cure: ');
    }
  });

  test('faults as JSON are the result, on stdout', async () => {
    const shell = terminal({}, { METERLARK_STROAGE: 'x' });
    expect(await shell.run('check', '--json')).toBe(exitCodes.usage);
    expect(JSON.parse(shell.out)).toMatchObject({ ok: false, faults: [{ code: 'METERLARK_SETTINGS_UNKNOWN_VARIABLE', cure: 'Did you mean METERLARK_STORAGE?' }] });
  });

  test('files that cannot be read are named, and nothing else is', async () => {
    const shell = terminal({}, { METERLARK_INVENTORY: '/no/inventory.yml' });
    expect(await shell.run('check', '--config', '/no/server.yml')).toBe(exitCodes.usage);
    expect(shell.log.match(/^METERLARK_\w+/gm)).toEqual(['METERLARK_SETTINGS_UNREADABLE', 'METERLARK_INVENTORY_UNREADABLE']);
  });

  test('--config goes before METERLARK_CONFIG, which goes before config/server.yml', async () => {
    const files = { 'a.yml': 'storage: a', 'b.yml': 'storage: b' };
    const root = makeRoot(files);
    roots.push(root);
    const shell = new FakeTerminal(root.folder, { METERLARK_CONFIG: join(root.folder, 'a.yml') });
    await shell.run('check');
    expect(shell.log).toContain('a.yml:1:1: storage names a');
    await shell.run('check', '--config', join(root.folder, 'b.yml'));
    expect(shell.log).toContain('b.yml:1:1: storage names b');
  });

  test('a SkyWalking variable is named with ours', async () => {
    const shell = terminal({}, { SW_CORE_GRPC_PORT: '11800', SW_ODD: '1', SW_AGENT_NAME: 'x' });
    expect(await shell.run('check')).toBe(exitCodes.fine);
    expect(shell.log).toContain('set METERLARK_SERVER_GRPC_PORT instead');
    expect(shell.log).toMatch(/SW_ODD.*no equivalent/);
    expect(shell.log).not.toContain('SW_AGENT_NAME');
  });

  test('a value that has another form here is said so', async () => {
    const shell = terminal({}, { SW_CORE_GRPC_SSL_CERT_CHAIN_PATH: '/tls.crt', SW_CORE_GRPC_SSL_KEY_PATH: '/tls.key' });
    expect(await shell.run('check')).toBe(exitCodes.fine);
    expect(shell.log).toContain('set METERLARK_SERVER_GRPC_TLS_CERT_FILE instead (setting it turns TLS on)');
    expect(shell.log).toContain('set METERLARK_SERVER_GRPC_TLS_KEY_FILE instead"');
  });

  const everySkyWalkingVariable = Object.fromEntries(Object.keys(equivalents).map((name) => [name, '1']));
  const advised = ({ log }: FakeTerminal): string[] => [...log.matchAll(/set (METERLARK_\w+) instead/g)].map(([, name = '']) => name);

  test('every variable that is advised is accepted', async () => {
    const shell = terminal({}, everySkyWalkingVariable);
    expect(await shell.run('check')).toBe(exitCodes.fine);
    const names = advised(shell);
    expect(names).toContain('METERLARK_SERVER_ADMIN_PORT');
    const values = Object.fromEntries(names.map((name) => [name, name === 'METERLARK_STORAGE' ? 'empty' : '1']));
    const again = terminal({}, values);
    expect([await again.run('check'), again.log]).toEqual([exitCodes.fine, '']);
  });

  test('what the inventory does not have is not advised', async () => {
    const shell = terminal({}, { SW_RECEIVER_ZIPKIN_REST_PORT: '9411' });
    expect(await shell.run('check')).toBe(exitCodes.fine);
    expect(shell.log).toMatch(/SW_RECEIVER_ZIPKIN_REST_PORT.*not in this version/);
    expect(advised(shell)).toEqual([]);
  });

  test('a provider that is listed makes its variables known, run or not', async () => {
    const zipkin = "export default ({ ReceiverModule }) => ({ module: ReceiverModule, name: 'zipkin', config: { port: { doc: 'P.', format: 'port', default: 1 } } });";
    const files = { 'plugins/zipkin.mjs': zipkin, 'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nreceiver/zipkin: ../plugins/zipkin.mjs\n' };
    for (const more of [{}, { METERLARK_RECEIVER_ZIPKIN: 'off' }]) {
      const shell = terminal(files, { SW_RECEIVER_ZIPKIN_REST_PORT: '9411', ...more });
      expect(await shell.run('check')).toBe(exitCodes.fine);
      expect(advised(shell)).toEqual(['METERLARK_RECEIVER_ZIPKIN_PORT']);
    }
  });

  test('the advice is there beside the faults of the settings', async () => {
    const shell = terminal({ 'config/server.yml': 'storage: none' }, { SW_STORAGE: 'empty' });
    expect(await shell.run('check')).toBe(exitCodes.usage);
    expect(advised(shell)).toEqual(['METERLARK_STORAGE']);
  });
});

describe('rules check', () => {
  const inventory = { 'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nanalyzer/toy: ../plugins/toy.mjs\n' };
  const rules = { 'rules/a.yml': 'ok requests', 'rules/deep/b.yaml': 'ok errors', 'rules/notes.txt': 'bad' };

  test('prints kind, scope, labels, source and notes of every metric below a folder', async () => {
    const shell = terminal({ ...inventory, ...rules });
    expect(await shell.run('rules', 'check', join(shell.rootFolder, 'rules'))).toBe(exitCodes.fine);
    expect(shell.out).toContain('  requests  kind=sum scope=Service labels=[le] source=pod\n    note: a note\n');
    expect(shell.out).toContain('2 files, 2 metrics, 0 faults\n');
  });

  test('prints layer, output and notes of rules for logs', async () => {
    const shell = terminal({ ...inventory, ...rules, 'rules/log.yml': 'log' });
    expect(await shell.run('rules', 'check', join(shell.rootFolder, 'rules'))).toBe(exitCodes.fine);
    expect(shell.out).toContain('  kept  layer=GENERAL output=Log\n  idle  layer=GENERAL output=Log never run\n    note: why\n');
    expect(shell.out).toContain('3 files, 2 metrics, 2 rules for logs, 0 faults\n');
  });

  test('below a folder it takes the files that end as those of a rule language do, in any case of letters', async () => {
    const shell = terminal({ ...inventory, ...rules, 'rules/c.TOY': 'ok calls', 'rules/toy': 'bad', 'rules/c.toy.bak': 'bad' });
    expect(await shell.run('rules', 'check', join(shell.rootFolder, 'rules'))).toBe(exitCodes.fine);
    expect(shell.out).toContain('3 files, 3 metrics, 0 faults\n');
  });

  test('faults have file, line and column and exit 1', async () => {
    const shell = terminal({ ...inventory, ...rules, 'rules/c.yml': 'bad' });
    const file = join(shell.rootFolder, 'rules', 'c.yml');
    expect(await shell.run('rules', 'check', file)).toBe(exitCodes.faultsFound);
    expect(shell.out).toContain(`  TEST_BAD_RULE: ${file}:3:7: bad rule\n    cure: Mend it.`);
  });

  test('as JSON', async () => {
    const shell = terminal({ ...inventory, ...rules, 'rules/c.yml': 'bad' });
    expect(await shell.run('rules', 'check', '--json', join(shell.rootFolder, 'rules'))).toBe(exitCodes.faultsFound);
    const report = JSON.parse(shell.out) as { ok: boolean; files: { metrics: unknown[]; faults: unknown[] }[] };
    expect([report.ok, report.files.map(({ metrics, faults }) => [metrics.length, faults.length])]).toEqual([false, [[1, 0], [0, 1], [1, 0]]]);
  });

  test('files are checked together, each once however often it is named', async () => {
    const shell = terminal({ ...inventory, ...rules, 'rules/c.yml': 'ok requests' });
    const [a, c] = ['a.yml', 'c.yml'].map((name) => join(shell.rootFolder, 'rules', name)) as [string, string];
    expect(await shell.run('rules', 'check', a, c)).toBe(exitCodes.faultsFound);
    expect(shell.out).toContain(`${c}\n  requests`);
    expect(shell.out).toContain('TEST_TWICE: requests is there twice');
    const again = new FakeTerminal(shell.rootFolder);
    expect(await again.run('rules', 'check', a, join(shell.rootFolder, 'rules', 'deep', '..', 'a.yml'))).toBe(exitCodes.fine);
    expect(again.out).toContain('1 files, 1 metrics, 0 faults\n');
  });

  test('a path that is missing and a file of no known language are faults', async () => {
    const shell = terminal({ ...inventory, 'rules/odd.yml': 'what' });
    expect(await shell.run('rules', 'check', '/no/such.yml', join(shell.rootFolder, 'rules/odd.yml'))).toBe(exitCodes.faultsFound);
    expect(shell.out).toContain('METERLARK_HOST_RULES_PATH');
    expect(shell.out).toContain('METERLARK_HOST_RULES_UNKNOWN_LANGUAGE');
  });
});

describe('start', () => {
  test('prints the ready line with the real ports, and a signal ends it with exit 0', async () => {
    const shell = terminal();
    const done = shell.run('start');
    await shell.printed('\n');
    expect(shell.out).toMatch(/^meterlark ready grpc=[1-9]\d* http=[1-9]\d* admin=[1-9]\d* storage=empty ms=\d+\n$/);
    const admin = /admin=(\d+)/.exec(shell.out)?.[1] ?? '';
    const reply = await fetch(`http://127.0.0.1:${admin}/metrics`);
    expect([reply.status, (await reply.text()).includes('process_resident_memory_bytes')]).toEqual([200, true]);
    shell.stop();
    expect(await done).toBe(exitCodes.fine);
    expect(shell.log).toMatch(/"provider":"storage\/empty","ms":[\d.]+,"message":"provider started"/);
    expect(shell.log).toContain('"otlpGrpc"');
  });

  const plugin = (start: string): Record<string, string> => ({
    'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nreceiver/odd: ../plugins/odd.mjs\n',
    'plugins/odd.mjs': `export default ({ ReceiverModule }) => ({ module: ReceiverModule, name: 'odd', config: {}, start: ${start} });`,
  });

  test('a start that fails exits 3 with the cause', async () => {
    const shell = terminal(plugin("() => { throw new Error('port taken'); }"));
    expect(await shell.run('start')).toBe(exitCodes.startFailed);
    expect(shell.log).toContain('METERLARK_KERNEL_START_FAILED: start of receiver/odd failed: port taken');
    expect(shell.out).toBe('');
  });

  test('a signal before anything has started exits 0', async () => {
    const shell = terminal();
    const done = shell.run('start');
    shell.stop('SIGINT');
    expect([await done, shell.out]).toEqual([exitCodes.fine, '']);
  });

  test('a signal during a start that never ends is an unclean stop', async () => {
    const slow = terminal(plugin("() => { process.emit('meterlark-test-started'); return new Promise(() => {}); }"), { METERLARK_HOST_STOP_DEADLINE_MS: '20' });
    const started = new Promise((resolve) => process.once('meterlark-test-started' as never, resolve));
    const ended = slow.run('start');
    await started;
    slow.stop();
    expect(await ended).toBe(exitCodes.uncleanStop);
    expect(slow.log).toContain('METERLARK_KERNEL_STOP_DEADLINE');
    expect(slow.log).toContain('the start of receiver/odd');
    expect(slow.out).toBe('');
  });

  test('a provider that cannot be stopped after a signal during start is an unclean stop', async () => {
    const inventory = 'storage/empty: ../plugins/empty.mjs\nreceiver/odd: ../plugins/odd.mjs\nreceiver/slow: ../plugins/slow.mjs\n';
    const slow = `export default ({ ReceiverModule }) => ({ module: ReceiverModule, name: 'slow', config: {}, start: () => {
      process.emit('meterlark-test-started');
      return new Promise((resolve) => setImmediate(resolve));
    } });`;
    const files = { ...plugin("() => () => { throw new Error('stuck'); }"), 'config/inventory.yml': inventory, 'plugins/slow.mjs': slow };
    const shell = terminal(files);
    process.once('meterlark-test-started' as never, () => shell.stop());
    expect(await shell.run('start')).toBe(exitCodes.uncleanStop);
    expect(shell.log).toContain('METERLARK_KERNEL_STOP_FAILED');
    expect(shell.log).toContain('stop of receiver/odd failed: stuck');
    expect(shell.out).toBe('');
  });

  test('a start that never ends exits 3 at its deadline and names provider and setting', async () => {
    const shell = terminal(plugin('() => new Promise(() => {})'), { METERLARK_HOST_START_DEADLINE_MS: '20' });
    expect(await shell.run('start')).toBe(exitCodes.startFailed);
    expect(shell.log).toContain('METERLARK_KERNEL_START_DEADLINE: start of receiver/odd did not end within 20 ms');
    expect(shell.log).toContain('METERLARK_HOST_START_DEADLINE_MS');
  });

  test('a stop that does not end in time exits 4', async () => {
    const shell = terminal(plugin('() => () => new Promise(() => {})'), { METERLARK_HOST_STOP_DEADLINE_MS: '20' });
    const done = shell.run();
    await shell.printed('meterlark ready');
    shell.stop();
    expect(await done).toBe(exitCodes.uncleanStop);
  });
});
