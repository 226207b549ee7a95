/** Whose records a condition asks for. "" and null mean absent everywhere. */
import { isNormalLayer, parseChildId, parseServiceId } from '@meterlark/core';

export interface Who {
  readonly service?: string;
  readonly instance?: string;
  readonly endpoint?: string;
}

export interface IdsInput {
  readonly serviceId?: string | null;
  readonly serviceInstanceId?: string | null;
  readonly endpointId?: string | null;
}

interface NamedService {
  readonly serviceName: string;
  readonly layer?: string | null;
}
export interface NamesInput {
  readonly service?: NamedService | null;
  readonly instance?: (NamedService & { readonly instanceName: string }) | null;
  readonly endpoint?: (NamedService & { readonly endpointName: string }) | null;
}

/** undefined when nothing can match: an id that is none, or ids of several services. */
export function whoById({ serviceId, serviceInstanceId, endpointId }: IdsInput): Who | undefined {
  const who: (Who | undefined)[] = [];
  if (given(serviceId) !== undefined) who.push(named(parseServiceId(serviceId!)?.name));
  if (given(serviceInstanceId) !== undefined) who.push(childOf(serviceInstanceId!, 'instance'));
  if (given(endpointId) !== undefined) who.push(childOf(endpointId!, 'endpoint'));
  return together(who);
}

/** undefined when nothing can match: names of several services, or a layer of conjectured services, which send nothing. */
export function whoByName({ service, instance, endpoint }: NamesInput): Who | undefined {
  const asked = [service, instance, endpoint];
  if (asked.some((one) => given(one?.layer) !== undefined && !isNormalLayer(one!.layer!))) return undefined;
  const services = asked.flatMap((one) => (given(one?.serviceName) === undefined ? [] : [{ service: one!.serviceName }]));
  const instanceName = given(instance?.instanceName);
  const endpointName = given(endpoint?.endpointName);
  return together([
    ...services,
    instanceName === undefined ? {} : { instance: instanceName },
    endpointName === undefined ? {} : { endpoint: endpointName },
  ]);
}

export function given(text: string | null | undefined): string | undefined {
  return text === '' || text === null ? undefined : text;
}

function together(who: readonly (Who | undefined)[]): Who | undefined {
  if (who.includes(undefined)) return undefined;
  const services = new Set(who.flatMap((one) => (one?.service === undefined ? [] : [one.service])));
  return services.size > 1 ? undefined : who.reduce<Who>((all, one) => ({ ...all, ...one }), {});
}

function named(service: string | undefined): Who | undefined {
  return service === undefined ? undefined : { service };
}

function childOf(id: string, field: 'instance' | 'endpoint'): Who | undefined {
  const child = parseChildId(id);
  return child === undefined ? undefined : { service: child.service.name, [field]: child.name };
}
