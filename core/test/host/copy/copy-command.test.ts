import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { CopyReport } from '../../../src/host/copy/report.js';
import type { CopyState } from '../../../src/host/copy/copy-state.js';
import { exitCodes, FakeTerminal } from '../fake-terminal.js';
import { defaultFiles, makeRoot } from '../temp-root.js';

const roots: { remove(): void }[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) root.remove();
});

const empty = defaultFiles['plugins/empty.mjs'] ?? '';
const files = {
  'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nstorage/other: ../plugins/other.mjs\n',
  'plugins/other.mjs': empty.replace("name: 'empty'", "name: 'other'"),
};

function terminal(changes: Readonly<Record<string, string>> = {}, environment: Readonly<Record<string, string>> = {}): FakeTerminal {
  const root = makeRoot({ ...files, ...changes });
  roots.push(root);
  return new FakeTerminal(root.folder, environment);
}

const words = ['copy', '--from', 'storage/empty', '--to', 'storage/other', '--days', '7'];
const stateOf = ({ rootFolder }: FakeTerminal): string => join(rootFolder, 'copy-empty-other.json');

describe('meterlark copy', () => {
  test('of an empty store exits 0 with a table, and remembers that it is done', async () => {
    const shell = terminal();
    expect([shell.log, await shell.run(...words)]).toEqual(['', exitCodes.fine]);
    expect(shell.out).toMatch(/^storage\/empty to storage\/other, .*T00:00:00\.000Z to /);
    expect(shell.out).toMatch(/\n +source +copied +target +expired +different\n/);
    expect(shell.out).toMatch(/\nmodel_calls +0 +0 +0 +0 +0\n/);
    expect(shell.out).toMatch(/\nThe stores are equal\.\n$/);
    const state = JSON.parse(readFileSync(stateOf(shell), 'utf8')) as CopyState;
    expect(state).toMatchObject({ from: 'storage/empty', to: 'storage/other', days: 7, metrics: { done: true }, records: { done: true } });
  });

  test('starts the two storages only, and tells what it does on stderr', async () => {
    const shell = terminal();
    await shell.run(...words);
    const startedProviders = [...shell.log.matchAll(/"provider":"([^"]+)"[^\n]*"message":"provider started"/g)].map(([, name]) => name);
    expect(startedProviders).toEqual(['storage/empty', 'storage/other']);
    expect(shell.log).toContain('metrics of a day copied');
  });

  test('answers JSON', async () => {
    const shell = terminal();
    expect(await shell.run(...words, '--json')).toBe(exitCodes.fine);
    const report = JSON.parse(shell.out) as CopyReport;
    expect(report).toMatchObject({ from: 'storage/empty', to: 'storage/other', equal: true, shared: false });
    expect(report.rows.map(({ name }) => name)).toContain('metrics by minute');
  });

  test('keeps its state where it is told', async () => {
    const shell = terminal();
    const file = join(shell.rootFolder, 'mine.json');
    expect(await shell.run(...words, '--state', file)).toBe(exitCodes.fine);
    expect([existsSync(file), existsSync(stateOf(shell)), existsSync(`${file}.new`)]).toEqual([true, false, false]);
  });

  test('goes on from the state of an earlier run: its time stays', async () => {
    const shell = terminal();
    await shell.run(...words);
    const state = JSON.parse(readFileSync(stateOf(shell), 'utf8')) as CopyState;
    writeFileSync(stateOf(shell), JSON.stringify({ ...state, untilMs: state.untilMs - 120_000, id: 'kept' }));
    const again = new FakeTerminal(shell.rootFolder);
    expect(await again.run(...words)).toBe(exitCodes.fine);
    expect(again.out.split('\n')[0]).toContain(new Date(state.untilMs - 120_000).toISOString());
  });

  test.each([
    ['no options', [], '--from needs a storage'],
    ['no target', ['--from', 'storage/empty'], '--to needs a storage'],
    ['a storage without its module', ['--from', 'empty', '--to', 'storage/other'], '--from needs a storage of the inventory'],
    ['another module', ['--from', 'storage/empty', '--to', 'stream/minutes'], '--to needs a storage'],
    ['one storage twice', ['--from', 'storage/empty', '--to', 'storage/empty', '--days', '1'], 'name the same storage'],
    ['no days', ['--from', 'storage/empty', '--to', 'storage/other'], '--days needs a whole number'],
    ['no day', ['--from', 'storage/empty', '--to', 'storage/other', '--days', '0'], '--days needs a whole number'],
    ['half a day', ['--from', 'storage/empty', '--to', 'storage/other', '--days', '0.5'], '--days needs a whole number'],
    ['days in letters', ['--from', 'storage/empty', '--to', 'storage/other', '--days', '1e3'], '--days needs a whole number'],
    ['a word too many', [...words.slice(1), 'now'], 'it takes no now'],
    ['an unknown option', [...words.slice(1), '--force'], "Unknown option '--force'"],
    ['a storage that the inventory does not have', ['--from', 'storage/empty', '--to', 'storage/cassandra', '--days', '1'], 'storage/cassandra'],
  ])('%s is a wrong usage', async (_name, given, message) => {
    const shell = terminal();
    expect([await shell.run('copy', ...given), shell.out]).toEqual([exitCodes.usage, '']);
    expect(shell.log).toContain(message);
    expect(existsSync(stateOf(shell))).toBe(false);
  });

  test('settings of either storage that are wrong exit 2', async () => {
    const shell = terminal({ 'config/server.yml': 'storage: empty\nstorage/other: { sceret: x }\n' });
    expect(await shell.run(...words)).toBe(exitCodes.usage);
    expect(shell.log).toContain('unknown setting storage/other.sceret');
  });

  test.each([
    ['other options', { days: 8 }, 'it was begun with --days 8, not 7'],
    ['another version', { version: 1 }, 'its version is 1'],
    ['days that are none', { own: { metrics: ['x'], records: {} } }, 'a field of it is missing or of the wrong type'],
    ['a field that is no number', { fromMs: 'x' }, 'a field of it is missing or of the wrong type'],
    ['a place that is none', { metrics: { sequence: 1, done: false, place: { metric: 1 } } }, 'a field of it is missing'],
  ])('a state of %s is refused', async (_name, changes, message) => {
    const shell = terminal();
    await shell.run(...words);
    const state = JSON.parse(readFileSync(stateOf(shell), 'utf8')) as CopyState;
    const text = JSON.stringify({ ...state, ...changes });
    writeFileSync(stateOf(shell), text);
    const again = new FakeTerminal(shell.rootFolder);
    expect(await again.run(...words)).toBe(exitCodes.usage);
    expect(again.log).toContain(message);
    expect(readFileSync(stateOf(shell), 'utf8')).toBe(text);
  });

  test.each(['', '{', 'null', '[]', '7'])('a state file that holds %j is refused', async (text) => {
    const shell = terminal({ 'copy-empty-other.json': text });
    expect(await shell.run(...words)).toBe(exitCodes.usage);
    expect(shell.log).toContain('METERLARK_HOST_COPY_STATE');
  });

  test('a state file that cannot be written ends it before anything is copied', async () => {
    const shell = terminal();
    expect(await shell.run(...words, '--state', join(shell.rootFolder, 'no', 'folder', 'state.json'))).toBe(exitCodes.faultsFound);
    expect(shell.log).toContain('METERLARK_HOST_COPY_UNWRITABLE');
    expect(shell.log).not.toContain('copied');
  });

  const broken = (from: string, to: string): Record<string, string> => ({ 'plugins/other.mjs': files['plugins/other.mjs'].replace(from, to) });

  test('a storage that does not open exits 3, and the other one is closed', async () => {
    const closes = empty.replace('register(', "start: () => () => { process.emit('meterlark-test-closed'); }, register(");
    const shell = terminal({ 'plugins/empty.mjs': closes, ...broken('register(', "start() { throw new Error('in use'); }, register(") });
    let closed = 0;
    process.once('meterlark-test-closed' as never, () => (closed += 1));
    expect([await shell.run(...words), shell.out, closed]).toEqual([exitCodes.startFailed, '', 1]);
    expect(shell.log).toContain('in use');
    expect(existsSync(stateOf(shell))).toBe(false);
  });

  test('a store that fails on the way exits 1 with its reason', async () => {
    const shell = terminal(broken('entities: async () => []', "entities: async () => { throw new Error('odd answer'); }"));
    expect(await shell.run(...words)).toBe(exitCodes.faultsFound);
    expect(shell.log).toContain('odd answer');
  });

  test('what the target does not have is a difference: exit 1', async () => {
    const entity = "{ tenant: '', id: 'x', scope: 'Service', name: 'x', serviceId: 'x', instanceId: '', layers: [], properties: {}, firstSeenMs: Date.now(), lastSeenMs: Date.now() }";
    const has = empty.replace('entities: async () => []', `entities: async ({ scope }) => (scope === 'Service' ? [${entity}] : [])`);
    const shell = terminal({ 'plugins/empty.mjs': has });
    expect(await shell.run(...words)).toBe(exitCodes.faultsFound);
    expect(shell.out).toMatch(/\nentities +1 +1 +0 +0 +1\n[^]*\nThe stores differ\.\n$/);
  });

  test('a signal stops it with exit 1, and says how to go on', async () => {
    const shell = terminal();
    shell.stop('SIGINT');
    expect([await shell.run(...words), shell.out]).toEqual([exitCodes.faultsFound, '']);
    expect(shell.log).toContain('stopped; run the same command again to go on');
    const again = new FakeTerminal(shell.rootFolder);
    expect(await again.run(...words)).toBe(exitCodes.fine);
  });

  test('help tells of it', async () => {
    const shell = terminal();
    await shell.run('help');
    expect(shell.out).toContain('copy --from storage/NAME --to storage/NAME --days N [--state FILE] [--add]');
  });
});
