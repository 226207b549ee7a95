/** Issue: the manifests for Kubernetes run one server safely, and make a gateway tell all that it knows. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checked, knownSettings, readDocuments, readYaml, type Compose, type Setting } from './deploy-files.js';
import { container, deployment, envoyProxy, gatewayConfig, kubernetes, pod, service, valuesOf, type Named } from './kubernetes-files.js';
import { rootFolder } from './process.js';

const compose = readYaml('deploy/compose.yaml') as Compose;
let settings: ReadonlyMap<string, Setting>;
beforeAll(async () => {
  settings = await knownSettings();
});
const preset = (variable: string): number => Number(settings.get(variable)?.preset);

describe('kubernetes', () => {
  test('one server at a time has the volume, and may end as slowly as its deadline allows', () => {
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(deployment.spec.template.metadata.labels).toEqual(deployment.spec.selector.matchLabels);
    expect(service.spec.selector).toEqual(deployment.spec.selector.matchLabels);
    const [claim] = readDocuments(kubernetes('volume')) as [{ metadata: { name: string } }];
    expect(pod.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: claim.metadata.name } }]);
    const deadlineMs = preset('METERLARK_HOST_STOP_DEADLINE_MS');
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(deadlineMs);
    expect(compose.services['meterlark']?.stop_grace_period).toBe(`${pod.terminationGracePeriodSeconds}s`);
  });

  test('variables that Kubernetes makes of the Service are not set, for the server would refuse them', () => {
    expect(pod.enableServiceLinks).toBe(false);
    const { code, said } = checked({ METERLARK_STORAGE: 'memory', METERLARK_SERVICE_HOST: '10.0.0.1', METERLARK_PORT_11800_TCP: 'tcp://10.0.0.1:11800' });
    expect([code, said]).toEqual([2, expect.stringContaining('METERLARK_SERVICE_HOST')]);
  });

  test('the container has no more rights than it needs', () => {
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
  });

  test('what is applied together is there and sets the image that the Deployment names', () => {
    const { resources, images } = readYaml(kubernetes('kustomization')) as { resources: readonly string[]; images: readonly Named[] };
    expect(resources.filter((file) => !existsSync(join(rootFolder, 'deploy/kubernetes', file)))).toEqual([]);
    expect(images.map(({ name }) => name)).toEqual([container.image]);
  });

  test('access logs come as of the same gateway, and with what the rules read', () => {
    const name = valuesOf(gatewayConfig.spec.extProc.kubernetes.env)['OTEL_SERVICE_NAME'];
    const formats = envoyProxy.spec.telemetry.accessLog.settings.map(({ sinks, format }) => {
      const { backendRefs, resources } = sinks[0]?.openTelemetry ?? { backendRefs: [], resources: {} };
      expect(backendRefs).toEqual([{ name: service.metadata.name, port: preset('METERLARK_SERVER_GRPC_PORT') }]);
      expect(resources).toEqual({ 'service.name': name, job_name: 'envoy-ai-gateway', 'service.layer': 'ENVOY_AI_GATEWAY' });
      return new Set(Object.keys(format.json));
    });
    const [llm, mcp] = formats;
    const tokens = ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'];
    for (const key of ['gen_ai.request.model', 'gen_ai.response.model', 'response_code', 'upstream_transport_failure_reason', 'duration', 'x-request-id', ...tokens]) expect(llm).toContain(key);
    for (const key of ['mcp.method.name', 'mcp.provider.name', 'response_code']) expect(mcp).toContain(key);
  });
});
