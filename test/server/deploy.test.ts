/** Issue: the files to run the server in containers agree with its settings, with each other and with the pages that tell of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { skyWalkingEquivalents, skyWalkingForms } from '@meterlark/core/host';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  checked, codeBlocks, composeEnvironment, dockerCommand, dockerEnvironment, dockerHealthCheck, dockerStages, finalStage, knownSettings, knownSwitches,
  readRoot, readYaml, tableRows, type Compose, type Setting,
} from './deploy-files.js';
import { container, gatewayConfig, kubernetes, pod, service, valuesOf, type Named } from './kubernetes-files.js';
import { rootFolder } from './process.js';

const compose = readYaml('deploy/compose.yaml') as Compose;
const banyandb = readYaml('deploy/compose.banyandb.yaml') as Compose;
let settings: ReadonlyMap<string, Setting>;
let switches: ReadonlySet<string>;
/** What others may reach: every port that is on by default, but for the admin server's, which is of the machine itself. */
let open: readonly number[];
let httpPort: number;
let grpcPort: number;

beforeAll(async () => {
  [settings, switches] = await Promise.all([knownSettings(), knownSwitches()]);
  const port = (variable: string): number => Number(settings.get(variable)?.preset);
  const variables = [...settings.keys()].filter((name) => name.endsWith('_PORT') && name !== 'METERLARK_SERVER_ADMIN_PORT');
  open = variables.map(port).filter((each) => each !== 0).sort((left, right) => left - right);
  [httpPort, grpcPort] = [port('METERLARK_SERVER_HTTP_PORT'), port('METERLARK_SERVER_GRPC_PORT')];
});

function sorted(ports: Iterable<number>): number[] {
  return [...ports].sort((left, right) => left - right);
}

describe('every variable', () => {
  const places: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['Dockerfile', dockerEnvironment()],
    ['compose.yaml', composeEnvironment(compose.services['meterlark'])],
    ['deployment.yaml', valuesOf(container.env)],
  ];
  test.each(places)('of %s is a setting, and its value is one', (_file, environment) => {
    const ours = Object.keys(environment).filter((name) => name.startsWith('METERLARK_'));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((name) => !settings.has(name) && !switches.has(name))).toEqual([]);
    expect(checked(environment)).toMatchObject({ code: 0 });
  });

  test('of the pages is a setting or a switch, or the page says that this version lacks it', () => {
    const known = (name: string): boolean => settings.has(name) || switches.has(name) || ['METERLARK_CONFIG', 'METERLARK_INVENTORY', 'METERLARK_PORT'].includes(name);
    const named = (path: string): string[] => [...readRoot(path).matchAll(/METERLARK_[A-Z_]*[A-Z]/g)].map(([name]) => name);
    expect(named('docs/quick-start.md').filter((name) => !known(name))).toEqual([]);
    expect([...new Set(named('docs/from-skywalking.md'))].filter((name) => !known(name) && !/_(PROMQL|TRACEQL)/.test(name))).toEqual([]);
  });
});

describe('every port', () => {
  test('that is open by default is exposed, published on this machine only, and served by the Service', () => {
    expect(sorted(finalStage('EXPOSE').join(' ').split(' ').map(Number))).toEqual(open);
    const published = (compose.services['meterlark']?.ports ?? []).map((text) => /^127\.0\.0\.1:(\d+):(\d+)$/.exec(text)?.slice(1).map(Number));
    expect(sorted(published.map((pair) => pair?.[1] ?? 0))).toEqual(open);
    for (const pair of published) expect(pair?.[0]).toBe(pair?.[1]);
    expect(sorted(container.ports.map(({ containerPort }) => containerPort))).toEqual(open);
    const byName = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(service.spec.ports.map(({ targetPort, port }) => [targetPort, port])).toEqual([...byName]);
  });

  test('that is probed is the one of HTTP, at its path', () => {
    for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect(httpGet.path).toBe('/healthcheck');
      expect(container.ports.find(({ name }) => name === httpGet.port)?.containerPort).toBe(httpPort);
    }
    expect(dockerHealthCheck().join(' ')).toContain(`(process.env.METERLARK_SERVER_HTTP_PORT || ${httpPort}) + '/healthcheck'`);
    expect(compose.services['meterlark']?.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${httpPort}/healthcheck`);
  });

  test('that telemetry is sent to is the one of gRPC at Meterlark', () => {
    expect(composeEnvironment(compose.services['aigw'])['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe(`http://meterlark:${grpcPort}`);
    const url = `http://${service.metadata.name}.default.svc:${grpcPort}`;
    const { extProc } = readYaml(kubernetes('gateway-values')) as { extProc: { extraEnvVars: readonly Named[] } };
    for (const named of [extProc.extraEnvVars, gatewayConfig.spec.extProc.kubernetes.env]) {
      expect(valuesOf(named)).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_METRICS_EXPORTER: 'otlp' });
      expect(valuesOf(named)['OTEL_RESOURCE_ATTRIBUTES']).toMatch(/^job_name=envoy-ai-gateway,.*service\.layer=ENVOY_AI_GATEWAY$/);
    }
  });
});

describe('the image', () => {
  test('runs node as process 1, without a shell, as a user without rights, with its data in a volume', () => {
    expect(dockerCommand()).toEqual(['node', '/meterlark/core/bin/meterlark.cjs', 'start']);
    expect(finalStage('WORKDIR')).toEqual(['/meterlark']);
    expect(finalStage('USER')).toEqual([`${pod.securityContext.runAsUser}:1000`]);
    expect(dockerEnvironment()).toEqual({ NODE_ENV: 'production', METERLARK_STORAGE_CLICKHOUSE_PATH: '/data' });
    expect(finalStage('VOLUME')).toEqual(['/data']);
    expect(compose.services['meterlark']?.volumes).toEqual(['meterlark-data:/data']);
    expect(container.volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
  });

  test('has all that the build leaves outside of the bundle, and copies nothing that is not there', () => {
    const [, outside = ''] = /external: \[([^\]]*)\]/.exec(readRoot('core/build.mjs')) ?? [];
    expect([...outside.matchAll(/'([\w-]+)'/g)].map(([, name]) => name)).toEqual(['chdb', 'vitest']);
    const native = dockerStages()[1]?.map(({ text }) => text).join('\n');
    expect(native).toContain('"chdb@');
    const lock = JSON.parse(readRoot('package-lock.json')) as { packages: Record<string, { version: string }> };
    expect(lock.packages['node_modules/chdb']?.version).toMatch(/^\d+\.\d+\.\d+/);
    const copied = finalStage('COPY').filter((text) => !text.startsWith('--from')).flatMap((text) => text.split(' ').slice(0, -1));
    expect(copied).toContain('config');
    expect(copied.filter((path) => !existsSync(join(rootFolder, path)))).toEqual([]);
  });

  test('is built with a Node that the packages ask for', () => {
    const [, major = 0] = /NODE_IMAGE=node:(\d+)-bookworm-slim/.exec(readRoot('Dockerfile')) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(20);
  });
});

describe('compose', () => {
  const known = new Set([
    'image', 'build', 'command', 'environment', 'ports', 'volumes', 'read_only', 'cap_drop', 'security_opt', 'stop_grace_period', 'healthcheck', 'extra_hosts', 'depends_on',
  ]);
  test.each([['compose.yaml', compose], ['compose.banyandb.yaml', banyandb]])('%s has no key that Compose does not know', (_file, { services, volumes, ...rest }) => {
    expect(Object.keys(rest).filter((key) => key !== 'name')).toEqual([]);
    for (const each of Object.values(services)) expect(Object.keys(each).filter((key) => !known.has(key))).toEqual([]);
    const mounted = Object.values(services).flatMap((each) => each.volumes ?? []).map((text) => text.split(':')[0] ?? '');
    expect(mounted.filter((name) => !(name in (volumes ?? {})))).toEqual([]);
  });

  test('the gateway starts when Meterlark is healthy, and reaches the model server of the machine', () => {
    const { depends_on: needs, extra_hosts: hosts, ...aigw } = compose.services['aigw'] ?? {};
    expect(needs).toEqual({ meterlark: { condition: 'service_healthy' } });
    expect(hosts).toEqual(['host.docker.internal:host-gateway']);
    expect(new URL(composeEnvironment(aigw)['OPENAI_BASE_URL'] ?? '').hostname).toBe('host.docker.internal');
  });

  test('the file for BanyanDB changes the storage and names a target, nothing else', () => {
    const environment = composeEnvironment(banyandb.services['meterlark']);
    expect(environment).toEqual({ METERLARK_STORAGE: 'banyandb', METERLARK_STORAGE_BANYANDB_TARGETS: 'banyandb:17912' });
  });

});

describe('the pages', () => {
  test('the quick start names the variables of the gateway as Compose sets them, and without containers the same', () => {
    const environment = composeEnvironment(compose.services['aigw']);
    const rows = new Map(tableRows('docs/quick-start.md').filter(([name]) => name?.startsWith('OTEL_')).map(([name = '', value = '']) => [name, value]));
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('OTEL_'))));
    const block = codeBlocks('docs/quick-start.md', 'sh').find((text) => text.endsWith('aigw run\n')) ?? '';
    const given = Object.fromEntries([...block.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
    const local = (value: string): string => value.replace('//meterlark:', '//127.0.0.1:').replace('host.docker.internal', '127.0.0.1');
    expect(given).toEqual(Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, local(value)])));
  });

  test('what SkyWalking calls otherwise is listed as the server advises it', () => {
    const rows = tableRows('docs/from-skywalking.md').filter(([name]) => name?.startsWith('SW_'));
    expect(Object.fromEntries(rows.map(([name = '', ours = '']) => [name, ours]))).toEqual(skyWalkingEquivalents);
    const forms = rows.filter(([, , form]) => form !== 'the same').map(([name = '', , form = '']) => [name, form] as const);
    expect(Object.fromEntries(forms)).toEqual(skyWalkingForms);
    expect(rows).toHaveLength(Object.keys(skyWalkingEquivalents).length);
  });

  test('files that the pages name are there', () => {
    for (const path of ['docs/quick-start.md', 'docs/from-skywalking.md']) {
      const links = [...readRoot(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
      expect(links.filter((link) => !existsSync(join(rootFolder, 'docs', link)))).toEqual([]);
    }
  });
});
