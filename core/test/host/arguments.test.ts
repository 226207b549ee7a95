import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/host/arguments.js';
import { faultsFrom } from '../kernel/fixtures.js';

describe('the command line', () => {
  test.each([
    [[], { command: 'start', config: undefined, json: false }],
    [['start'], { command: 'start' }],
    [['--config', 'x.yml'], { command: 'start', config: 'x.yml' }],
    [['check', '--json', '--config=x.yml'], { command: 'check', json: true, config: 'x.yml' }],
    [['version'], { command: 'version' }],
    [['--version'], { command: 'version' }],
    [['-h'], { command: 'help' }],
    [['start', '--help'], { command: 'help' }],
    [['rules', 'check', 'a.yml', 'b'], { command: 'rules check', rest: ['a.yml', 'b'] }],
    [['--set', 'storage=memory', '--set', 'a/b.c=x=y'], { flags: new Map([['storage', 'memory'], ['a/b.c', 'x=y']]) }],
  ])('%j', (argv, expected) => {
    expect(parseCommandLine(argv)).toMatchObject(expected);
  });

  test.each([
    [['rules'], 'unknown command: rules'],
    [['rules', 'test', 'x'], 'unknown command: rules test'],
    [['rules', 'check'], 'path'],
    [['start', 'now'], 'now'],
    [['--frobnicate'], '--frobnicate'],
    [['--config'], '--config'],
    [['--set', 'storage'], 'KEY=VALUE'],
    [['--set', '=x'], 'KEY=VALUE'],
  ])('%j is refused', async (argv, words) => {
    const [fault] = await faultsFrom(() => parseCommandLine(argv));
    expect(fault?.code).toBe('METERLARK_HOST_USAGE');
    expect(fault?.message).toContain(words);
  });
});
