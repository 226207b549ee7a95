/** Instances tell that they live and what they are: ManagementService, and its JSON twins. */
import { instanceId, serviceId, type Clock, type EntityRecord, type MetricStream } from '@meterlark/core';
import { readInstanceReport, readInstanceReportJson, type InstanceReport, type ReportKind } from './instance-reader.js';
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';

const service = 'ManagementService';

export interface ManagementParts {
  readonly receiver: Receiver;
  readonly stream: Pick<MetricStream, 'observe'>;
  readonly clock: Clock;
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
    const { receiver, stream, clock } = this.parts;
    receiver.parts.counters.received('instances', body.length);
    const report = receiver.demand('instances', kind, () => read(body, kind));
    for (const record of recordsOf(report, clock.now())) stream.observe(record);
    receiver.parts.counters.took('instances', 1);
  }
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
