import { describe, expect, test } from 'vitest';
import { settingVariable, switchVariable } from '../../src/kernel/env-names.js';
import { resolveProviderSettings, showSetting, settingLeaves } from '../../src/kernel/provider-config.js';
import { codes, inputOf } from './fixtures.js';

const schema = {
  path: { doc: 'Folder of the data.', format: 'String', default: 'data' },
  port: { doc: 'Port.', format: 'port', default: 17 },
  flushIntervalMs: { doc: 'Time between flushes.', format: 'nat', default: 5000 },
  compress: { doc: 'Compress.', format: 'Boolean', default: false },
  mode: { doc: 'Mode.', format: ['fast', 'safe'], default: 'safe' },
  hosts: { doc: 'Hosts.', format: 'Array', default: ['a'] },
  names: { doc: 'Names.', format: 'Object', default: {} },
  even: {
    doc: 'An even number.',
    format: (value: unknown) => {
      if (Number(value) % 2 !== 0) throw new Error('must be even');
    },
    default: 2,
  },
  password: { doc: 'Password.', format: 'String', default: '', sensitive: true },
  tls: { certFile: { doc: 'Certificate.', format: 'String', default: '' } },
};

const resolve = (yaml = '', environment: Record<string, string> = {}, flags: Record<string, string> = {}) =>
  resolveProviderSettings('store/main', schema, inputOf(yaml, environment, flags));
const configOf = (...args: Parameters<typeof resolve>) => resolve(...args).config as Record<string, unknown>;
const faultOf = (...args: Parameters<typeof resolve>) => {
  const { faults } = resolve(...args);
  expect(faults).toHaveLength(1);
  return faults[0]!;
};

describe('environment names', () => {
  test.each([
    ['stream/minutes', ['flushIntervalMs'], 'METERLARK_STREAM_MINUTES_FLUSH_INTERVAL_MS'],
    ['storage/clickhouse', ['url'], 'METERLARK_STORAGE_CLICKHOUSE_URL'],
    ['receiver/zipkin', ['port'], 'METERLARK_RECEIVER_ZIPKIN_PORT'],
    ['server/shared', ['grpc', 'port'], 'METERLARK_SERVER_GRPC_PORT'],
    ['analysis/envoy-ai-gateway', ['tls', 'caFile'], 'METERLARK_ANALYSIS_ENVOY_AI_GATEWAY_TLS_CA_FILE'],
    ['storage/x', ['httpURLPath'], 'METERLARK_STORAGE_X_HTTP_URL_PATH'],
    ['storage/x', ['level2Size'], 'METERLARK_STORAGE_X_LEVEL2_SIZE'],
  ])('%s %j is %s', (identity, path, name) => {
    expect(settingVariable(identity, path)).toBe(name);
  });

  test('a module is selected and a provider is switched by the name without a key', () => {
    expect(switchVariable('storage')).toBe('METERLARK_STORAGE');
    expect(switchVariable('receiver/zipkin')).toBe('METERLARK_RECEIVER_ZIPKIN');
  });

  test('two settings that derive one name are a fault of the schema', () => {
    const setting = { doc: 'x', format: 'nat', default: 1 };
    const { faults } = resolveProviderSettings('store/main', { aB: setting, a: { b: setting } }, inputOf());
    expect(codes(faults)).toEqual(['SETTINGS_SAME_VARIABLE']);
  });
});

describe('precedence', () => {
  const yaml = 'store/main:\n  port: 1\n';

  test('defaults stand when nothing is given, nested and frozen', () => {
    const config = configOf() as { tls: object };
    expect(config).toMatchObject({ path: 'data', port: 17, tls: { certFile: '' } });
    expect([Object.isFrozen(config), Object.isFrozen(config.tls)]).toEqual([true, true]);
  });

  test('the file goes before the default', () => expect(configOf(yaml)['port']).toBe(1));
  test('the environment goes before the file', () => expect(configOf(yaml, { METERLARK_STORE_MAIN_PORT: '2' })['port']).toBe(2));
  test('a flag goes before the environment', () =>
    expect(configOf(yaml, { METERLARK_STORE_MAIN_PORT: '2' }, { 'store/main.port': '3' })['port']).toBe(3));
  test('an empty variable counts as not set', () => expect(configOf(yaml, { METERLARK_STORE_MAIN_PORT: '' })['port']).toBe(1));

  test('every value says where it came from', () => {
    const { values } = resolve(yaml, { METERLARK_STORE_MAIN_PATH: '/x' });
    const sources = Object.fromEntries(values.map(({ path, source }) => [path.join('.'), source]));
    expect(sources).toMatchObject({ port: 'file', path: 'environment', mode: 'default' });
  });
});

describe('text of the environment becomes a value', () => {
  test.each([
    ['PORT', '0', 'port', 0],
    ['COMPRESS', 'true', 'compress', true],
    ['COMPRESS', 'off', 'compress', false],
    ['HOSTS', 'a, b,', 'hosts', ['a', 'b']],
    ['NAMES', '{"x":1}', 'names', { x: 1 }],
    ['TLS_CERT_FILE', '/c.pem', 'tls', { certFile: '/c.pem' }],
    ['PATH', '12', 'path', '12'],
  ])('%s=%s', (name, text, key, value) => {
    const { config, faults } = resolve('', { [`METERLARK_STORE_MAIN_${name}`]: text });
    expect([faults, (config as Record<string, unknown>)[key]]).toEqual([[], value]);
  });
});

describe('faults', () => {
  test.each([
    ['PORT', '12abc', 'a port number, 0 to 65535'],
    ['PORT', '70000', 'a port number, 0 to 65535'],
    ['FLUSH_INTERVAL_MS', '-1', 'a whole number, 0 or more'],
    ['FLUSH_INTERVAL_MS', '1.5', 'a whole number, 0 or more'],
    ['COMPRESS', 'banana', 'true or false'],
    ['MODE', 'slow', 'one of fast, safe'],
    ['NAMES', '{"x"', 'a map'],
    ['EVEN', '3', 'even'],
  ])('%s=%s must be %s', (name, text, expected) => {
    const fault = faultOf('', { [`METERLARK_STORE_MAIN_${name}`]: text });
    expect(fault.code).toBe('METERLARK_SETTINGS_INVALID_VALUE');
    expect(fault.message).toContain(`environment variable METERLARK_STORE_MAIN_${name}: store/main.`);
    expect(fault.message).toContain(`must be ${expected}, not `);
  });

  test('a wrong type in the file names file, line, column, key and variable', () => {
    const fault = faultOf('store/main:\n  mode: fast\n  port: "1"\n');
    expect(fault.message).toContain('server.yml:3:3: store/main.port must be a port number');
    expect(fault.fields).toMatchObject({ file: 'server.yml', line: 3, column: 3, env: 'METERLARK_STORE_MAIN_PORT' });
    expect(fault.cure).toContain('METERLARK_STORE_MAIN_PORT');
  });

  test.each([
    ['prot', 'Did you mean store/main.port?'],
    ['flushInterval', 'Did you mean store/main.flushIntervalMs?'],
    ['__proto__', 'Known are: '],
  ])('the unknown key %s has a hint', (word, hint) => {
    const fault = faultOf(`store/main:\n  ${word}: 1\n`);
    expect(fault).toMatchObject({ code: 'METERLARK_SETTINGS_UNKNOWN_KEY' });
    expect(fault.cure).toContain(hint);
  });

  test('an unknown key inside a group is found, and a group that is no map', () => {
    expect(faultOf('store/main:\n  tls:\n    certFil: x\n').cure).toContain('store/main.tls.certFile');
    expect(faultOf('store/main:\n  tls: true\n').message).toContain('store/main.tls must be a map of settings');
  });

  test('an empty value in the file is refused, an empty section is not', () => {
    expect(faultOf('store/main:\n  port:\n').code).toBe('METERLARK_SETTINGS_INVALID_VALUE');
    expect(resolve('store/main:\n').faults).toEqual([]);
  });

  test('all faults of a provider come at once', () => {
    const { faults } = resolve('store/main:\n  prot: 1\n  mode: x\n', { METERLARK_STORE_MAIN_EVEN: '3' });
    expect(codes(faults).sort()).toEqual(['SETTINGS_INVALID_VALUE', 'SETTINGS_INVALID_VALUE', 'SETTINGS_UNKNOWN_KEY']);
  });

  test('a long wrong value is shortened', () => {
    expect(faultOf('', { METERLARK_STORE_MAIN_MODE: 'x'.repeat(10_000) }).message.length).toBeLessThan(250);
  });

  test('a format that nobody knows is a fault of the schema although no value is given', () => {
    const odd = { a: { doc: 'A.', format: 'prot', default: 1 } };
    const { faults } = resolveProviderSettings('store/main', odd, inputOf(''));
    expect(codes(faults)).toEqual(['SETTINGS_BAD_SCHEMA']);
    expect(faults[0]?.message).toContain('unknown format "prot"');
  });

  test('a schema that convict does not understand is named', () => {
    const odd = { a: { doc: 'A.', format: 'colour', default: 'red' }, b: 5 };
    const { faults } = resolveProviderSettings('store/main', odd, inputOf('store/main:\n  a: blue\n  b: 1\n'));
    expect(codes(faults)).toEqual(['SETTINGS_BAD_SCHEMA', 'SETTINGS_BAD_SCHEMA']);
  });
});

describe('secrets', () => {
  test('a refused secret is not shown', () => {
    const secret = { token: { doc: 'Token.', format: () => { throw new Error('must not be hunter2'); }, default: '', sensitive: true } };
    const { faults } = resolveProviderSettings('store/main', secret, inputOf('', { METERLARK_STORE_MAIN_TOKEN: 'hunter2' }));
    expect(faults).toHaveLength(1);
    expect(JSON.stringify([faults[0]?.message, faults[0]?.cure, faults[0]?.fields])).not.toContain('hunter2');
  });

  test('a secret is masked when settings are listed, an unset one shows that it is empty', () => {
    const shown = (environment: Record<string, string>) =>
      resolve('', environment).values.filter(({ path }) => path[0] === 'password').map(showSetting);
    expect(shown({ METERLARK_STORE_MAIN_PASSWORD: 'hunter2' })).toEqual(['********']);
    expect(shown({})).toEqual(['""']);
  });
});

test('the leaves of a schema keep its order', () => {
  expect(settingLeaves('store/main', schema).map(({ path }) => path.join('.')).slice(-2)).toEqual(['password', 'tls.certFile']);
});
