/** Instances tell that they live and what they are: ManagementService, and its JSON twins. */
import { instanceId, serviceId, type Clock, type EntityRecord, type MetricStream, type ResourceMasking } from '@meterlark/core';
import { readInstanceReport, readInstanceReportJson, type InstanceReport, type ReportKind } from './instance-reader.js';
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';

const service = 'ManagementService';

export interface ManagementParts {
  readonly receiver: Receiver;
  readonly stream: Pick<MetricStream, 'observe'>;
  readonly clock: Clock;
  /** undefined: the pipeline masks nothing. */
  readonly masking?: ResourceMasking | undefined;
}

export class ManagementService {
  constructor(private readonly parts: ManagementParts) {}

  serve(servers: Servers): void {
    this.serveKind(servers, 'InstanceProperties', ['reportInstanceProperties', '/v3/management/reportProperties']);
    this.serveKind(servers, 'InstancePingPkg', ['keepAlive', '/v3/management/keepAlive']);
  }

  private serveKind({ grpc, http }: Servers, kind: ReportKind, [method, httpPath]: readonly [string, string]): void {
    for (const path of paths(service, method)) {
      grpc.unary(path, 'receiver', async (body) => {
        this.take(body, kind, readInstanceReport);
        return noCommands;
      });
    }
    this.parts.receiver.post(http, httpPath, (body) => this.take(body, kind, readInstanceReportJson));
  }

  private take(body: Buffer, kind: ReportKind, read: (body: Buffer, kind: ReportKind) => InstanceReport): void {
    const { receiver, stream, clock, masking } = this.parts;
    receiver.parts.counters.received('instances', body.length);
    const report = receiver.demand('instances', kind, () => read(body, kind));
    const shown = masking === undefined ? report : maskedReport(report, masking);
    for (const record of recordsOf(shown, clock.now())) stream.observe(record);
    receiver.parts.counters.took('instances', 1);
  }
}

const nameKey = 'service.name';
const instanceKey = 'service.instance.id';

/** Masked as the resource of the instance's spans is, so that both have one name. */
function maskedReport(report: InstanceReport, masking: ResourceMasking): InstanceReport {
  const { service: name, instance, properties } = report;
  const said = new Map([...Object.entries(propertiesOf(properties)), [nameKey, name], [instanceKey, instance]] as const);
  const { attributes } = masking.mask({ attributes: said });
  if (attributes === said) return report;
  const texts = [...attributes].map(([key, value]) => [key, typeof value === 'string' ? value : ''] as const);
  const shown = new Map(texts);
  const named = (key: string): string => shown.get(key) ?? 'unknown';
  const others = texts.filter(([key]) => key !== nameKey && key !== instanceKey);
  return { ...report, service: named(nameKey), instance: named(instanceKey), properties: others };
}

/** The service and the instance; what has an agent is always a normal service. */
export function recordsOf({ service: name, instance, layer, properties }: InstanceReport, nowMs: number): readonly EntityRecord[] {
  const owner = { name, normal: true };
  const id = serviceId(owner);
  const common = { tenant: '', serviceId: id, instanceId: '', layers: [layer], firstSeenMs: nowMs, lastSeenMs: nowMs };
  return [
    { ...common, scope: 'Service', id, name, properties: {} },
    { ...common, scope: 'ServiceInstance', id: instanceId(owner, instance), name: instance, properties: propertiesOf(properties) },
  ];
}

/** Addresses come one by one and are kept as one list, `ipv4s`, as SkyWalking shows them. */
function propertiesOf(pairs: InstanceReport['properties']): EntityRecord['properties'] {
  const addresses = pairs.filter(([key]) => key === 'ipv4').map(([, value]) => value);
  const others = pairs.filter(([key]) => key !== 'ipv4' && key !== '');
  return Object.fromEntries(addresses.length === 0 ? others : [...others, ['ipv4s', addresses.join(',')]]);
}
