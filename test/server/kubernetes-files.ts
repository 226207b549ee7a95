/** The manifests for Kubernetes, as far as tests look into them. */
import { readDocuments, readYaml } from './deploy-files.js';

export interface Named {
  readonly name: string;
  readonly value?: string;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
export interface Container {
  readonly image: string;
  readonly env: readonly Named[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
export interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly selector: { readonly matchLabels: object };
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: {
      readonly enableServiceLinks: boolean; readonly terminationGracePeriodSeconds: number; readonly securityContext: { readonly runAsUser: number };
      readonly containers: readonly Container[]; readonly volumes: readonly { readonly name: string; readonly persistentVolumeClaim: { readonly claimName: string } }[];
    } };
  };
}
export interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly selector: object; readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[] };
}
export interface AccessLogSetting {
  readonly sinks: readonly { readonly openTelemetry: { readonly backendRefs: readonly { readonly name: string; readonly port: number }[]; readonly resources: Record<string, string> } }[];
  readonly format: { readonly text: string; readonly json: Record<string, string> };
}

interface GatewayConfig {
  readonly spec: { readonly extProc: { readonly kubernetes: { readonly env: readonly Named[] } } };
}
interface EnvoyProxy {
  readonly spec: { readonly telemetry: { readonly accessLog: { readonly settings: readonly AccessLogSetting[] } } };
}

export const kubernetes = (name: string): string => `deploy/kubernetes/${name}.yaml`;
export const deployment = readYaml(kubernetes('deployment')) as Deployment;
export const service = readYaml(kubernetes('service')) as Service;
export const pod = deployment.spec.template.spec;
export const container = pod.containers[0] as Container;
export const valuesOf = (named: readonly Named[]): Record<string, string> => Object.fromEntries(named.map(({ name, value = '' }) => [name, value]));
export const [gatewayConfig, envoyProxy] = readDocuments(kubernetes('gateway')) as [GatewayConfig, EnvoyProxy];
