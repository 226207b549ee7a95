import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as api from '../../src/index.js';
import { readInventory } from '../../src/kernel/inventory.js';
import { loadProvider, type ImportModule } from '../../src/kernel/provider-loader.js';
import { withFiles } from './fixtures.js';

const importModule: ImportModule = (specifier) => import(/* @vite-ignore */ specifier);

/** Loads `tool/saw` from a file with this text, as a plugin outside the tree is loaded. */
function load(text: string, line = 'tool/saw: ./saw.mjs') {
  return withFiles({ 'saw.mjs': text }, async (folder) => {
    const [entry] = readInventory(join(folder, 'inventory.yml'), line).entries;
    return loadProvider(entry!, { importModule, builtIn: new Map(), api });
  });
}

const tool = "{ name: 'tool', arity: 'many', services: [] }";

describe('a provider from one file', () => {
  test('a function receives the whole plugin API', async () => {
    const text = `export default ({ defineProvider, ReceiverModule, TelemetrySink, inject }) => {
      if (typeof inject !== 'function' || TelemetrySink.name !== 'pipeline.TelemetrySink') throw new Error('no API');
      return defineProvider({ module: ReceiverModule, name: 'carbon', config: {}, start() {} });
    };`;
    expect(await load(text, 'receiver/carbon: ./saw.mjs')).toMatchObject({ name: 'carbon', module: api.ReceiverModule });
  });

  test.each([
    ['a plain object', `export default { module: ${tool}, name: 'saw', config: {} };`],
    ['an asynchronous function', `export default async () => ({ module: ${tool}, name: 'saw', config: {} });`],
  ])('%s is fine too', async (_name, text) => {
    expect(await load(text)).toMatchObject({ name: 'saw' });
  });
});

describe('what is refused, with the place in the inventory', () => {
  test.each([
    ['an import that throws', "throw new Error('bad day');", 'IMPORT_FAILED', 'bad day'],
    ['a function that throws', "export default () => { throw new Error('no luck'); };", 'IMPORT_FAILED', 'no luck'],
    ['a syntax error', 'export default {{', 'IMPORT_FAILED', 'tool/saw'],
    ['a missing import', "import 'no-such-package-here';", 'PACKAGE_NOT_FOUND', 'no-such-package-here'],
    ['no default export', 'export const provider = {};', 'NO_DEFAULT_EXPORT', 'default export'],
    ['null', 'export default null;', 'NOT_A_PROVIDER', 'null'],
    ['a number', 'export default 3;', 'NOT_A_PROVIDER', 'number'],
    ['a function without a result', 'export default () => {};', 'NOT_A_PROVIDER', 'undefined'],
    ['no module', "export default { name: 'saw', config: {} };", 'NOT_A_PROVIDER', '"module"'],
    ['a module without arity', "export default { module: { name: 'tool', services: [] }, name: 'saw', config: {} };", 'NOT_A_PROVIDER', '"module"'],
    ['a module with odd services', "export default { module: { name: 'tool', arity: 'one', services: ['x'] }, name: 'saw', config: {} };", 'NOT_A_PROVIDER', '"module"'],
    ['no name', `export default { module: ${tool}, config: {} };`, 'NOT_A_PROVIDER', '"name"'],
    ['no config', `export default { module: ${tool}, name: 'saw' };`, 'NOT_A_PROVIDER', '"config"'],
    ['odd requires', `export default { module: ${tool}, name: 'saw', config: {}, requires: ['storage'] };`, 'NOT_A_PROVIDER', '"requires"'],
    ['an odd start', `export default { module: ${tool}, name: 'saw', config: {}, start: 1 };`, 'NOT_A_PROVIDER', '"start"'],
    ['another identity', `export default { module: ${tool}, name: 'hammer', config: {} };`, 'IDENTITY_DIFFERS', 'tool/hammer'],
  ])('%s', async (_name, text, code, words) => {
    const fault = await load(text);
    expect(fault).toMatchObject({ code: `METERLARK_INVENTORY_${code}` });
    expect('message' in fault ? fault.message : '').toContain(words);
    expect('message' in fault ? fault.message : '').toMatch(/inventory\.yml:1:1/);
  });

  test('a file that does not exist', async () => {
    expect(await load('', 'tool/saw: ./swa.mjs')).toMatchObject({ code: 'METERLARK_INVENTORY_FILE_NOT_FOUND' });
  });

  test('a package that is not installed', async () => {
    const fault = await load('', 'tool/saw: no-such-package-here');
    expect(fault).toMatchObject({ code: 'METERLARK_INVENTORY_PACKAGE_NOT_FOUND' });
    expect('cure' in fault ? fault.cure : '').toContain('npm install no-such-package-here');
  });
});
