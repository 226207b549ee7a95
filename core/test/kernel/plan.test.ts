import { describe, expect, test } from 'vitest';
import type { ProviderDefinition } from '../../src/kernel/definition.js';
import { builtInEntry, readInventory } from '../../src/kernel/inventory.js';
import { planHost } from '../../src/kernel/plan.js';
import { identityOf } from '../../src/kernel/provider-loader.js';
import { codes, faultsFrom, inputOf, provider, store, StoreModule, ToolModule, UserModule } from './fixtures.js';

const size = { size: { doc: 'Size.', format: 'nat', default: 1 } };
const sized = (name: string): ProviderDefinition => provider(UserModule, name, { config: size });

function plan(providers: readonly ProviderDefinition[], input: ReturnType<typeof inputOf>, lines = '') {
  const imported: string[] = [];
  const builtIn = new Map(
    providers.map((definition) => [
      identityOf(definition),
      async () => {
        imported.push(identityOf(definition));
        return { default: definition };
      },
    ]),
  );
  const result = planHost({
    inventory: readInventory('inventory.yml', lines, [...builtIn.keys()].map(builtInEntry)),
    modules: [StoreModule, ToolModule, UserModule],
    input,
    loader: { importModule: (name) => Promise.reject(new Error(`no ${name}`)), builtIn, api: {} },
    extra: [],
  });
  return { result, imported };
}

describe('the plan', () => {
  test('a provider that is not selected is never imported, and its settings are not judged', async () => {
    const input = inputOf('store: main\nstore/spare: { any: 1 }\nuser/a: off', { METERLARK_STORE_SPARE_ANY: '1', METERLARK_USER_A_ODD: '2' });
    const { result, imported } = plan([store(), store('spare'), sized('a'), sized('b')], input);
    await result;
    expect(imported).toEqual(['store/main', 'user/b']);
  });

  test('each provider gets its own settings', async () => {
    const { result } = plan([sized('a'), sized('b')], inputOf('user/a: { size: 5 }', { METERLARK_USER_B_SIZE: '6' }));
    expect((await result).providers.map(({ config }) => config)).toEqual([{ size: 5 }, { size: 6 }]);
  });

  test('every fault of settings, variables, flags and inventory comes at once', async () => {
    const yaml = 'store: mian\nstorre: x\nuser/a:\n  sise: 1\n  size: -1\nuser/b: maybe\n';
    const input = inputOf(yaml, { METERLARK_USER_A_SIZZE: '1', METERLARK_TOLO: 'x' }, { 'user/a.sze': '1', nonsense: '2' });
    const faults = await faultsFrom(() => plan([store(), sized('a'), sized('b')], input, 'user/c: no-such\nBAD: x').result);
    expect(codes(faults).sort()).toEqual([
      'INVENTORY_BAD_IDENTITY',
      'INVENTORY_IMPORT_FAILED',
      'SETTINGS_BAD_SELECTOR',
      'SETTINGS_INVALID_VALUE',
      'SETTINGS_UNKNOWN_KEY',
      'SETTINGS_UNKNOWN_KEY',
      'SETTINGS_UNKNOWN_KEY',
      'SETTINGS_UNKNOWN_KEY',
      'SETTINGS_UNKNOWN_PROVIDER',
      'SETTINGS_UNKNOWN_VARIABLE',
      'SETTINGS_UNKNOWN_VARIABLE',
    ]);
    const cures = faults.map(({ cure }) => cure).join('\n');
    expect(cures).toContain('Did you mean store?');
    expect(cures).toContain('Did you mean METERLARK_USER_A_SIZE?');
    expect(cures).toContain('Did you mean user/a.size?');
  });

  test('variables that are none of ours, or no settings, are left alone', async () => {
    const environment = { PATH: '/bin', METERLARK_CONFIG: 'x', METERLARK_INVENTORY: 'y', METERLARK_TEST_CLICKHOUSE: 'url', SW_STORAGE: 'h2' };
    await expect(plan([sized('a')], inputOf('', environment)).result).resolves.toBeDefined();
  });

  test('settings of a provider that could not be loaded are not called unknown', async () => {
    const input = inputOf('user/c: { size: 1 }', { METERLARK_USER_C_SIZE: '1' });
    expect(codes(await faultsFrom(() => plan([], input, 'user/c: no-such').result))).toEqual(['INVENTORY_IMPORT_FAILED']);
  });

  test('a key that is set twice in the file is a fault at the second', async () => {
    const faults = await faultsFrom(() => plan([sized('a')], inputOf('user/a: off\nuser/a: on')).result);
    expect(faults[0]).toMatchObject({ code: 'METERLARK_SETTINGS_YAML', message: 'server.yml:2:1: user/a is set twice' });
  });

  test('a module of one provider that core does not know may still run only once', async () => {
    const odd = { name: 'odd', arity: 'one', services: [] } as const;
    const faults = await faultsFrom(() => plan([provider(odd, 'a'), provider(odd, 'b')], inputOf()).result);
    expect(codes(faults)).toEqual(['SETTINGS_TWO_PROVIDERS']);
  });

  test('missing modules are found before anything is registered', async () => {
    const needy = provider(UserModule, 'needy', { requires: [StoreModule] });
    expect(codes(await faultsFrom(() => plan([needy], inputOf()).result))).toEqual(['KERNEL_MISSING_MODULE']);
  });
});
