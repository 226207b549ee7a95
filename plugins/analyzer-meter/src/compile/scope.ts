/** Scope functions: which entity a sample is about. */
import type { Entity, EntityScope, ServiceName } from '@meterlark/core';
import type { CallExpression } from '../language/ast.js';
import { compileClosure, type CompiledClosure } from '../language/closure-compiler.js';
import type { ClosureValue } from '../language/closure-values.js';
import type { Labels } from '../plan.js';
import { closureOf, listOf, memberOf, textOf } from './arguments.js';
import { closureHost } from './host.js';

type Properties = Readonly<Record<string, string>>;
export interface Located {
  readonly entity: Entity;
  readonly layer: string;
  readonly properties: Properties;
}

export interface Scope {
  readonly scope: EntityScope;
  /** "" when a label says it, or nothing does. */
  readonly layer: string;
  /** Labels that make the entity; they are not labels of the metric. */
  readonly keys: readonly string[];
  /** undefined when a name that the entity needs is empty. */
  locate(labels: Labels): Located | undefined;
}

/** Layers by name; the value says whether services of it are normal (not conjectured). */
export type LayerTable = ReadonlyMap<string, boolean>;

const none: Properties = {};

/** Of a call whose arguments have been checked. */
export function scopeOf(call: CallExpression, layers: LayerTable): Scope {
  switch (call.method) {
    case 'service':
      return serviceScope(call, layers);
    case 'instance':
      return instanceScope(call, layers);
    case 'endpoint':
      return endpointScope(call, layers);
    case 'process':
      return processScope(call, layers);
    case 'serviceRelation':
      return serviceRelationScope(call, layers);
    case 'serviceInstanceRelation':
      return instanceRelationScope(call, layers);
    default:
      return processRelationScope(call);
  }
}

/** Values of the labels, those that are empty skipped; "" when none is left. */
function joined(labels: Labels, keys: readonly string[], delimiter: string): string {
  const values = keys.map((key) => labels.get(key) ?? '').filter((value) => value !== '');
  return values.join(delimiter);
}

function layerName(call: CallExpression): string {
  return memberOf(call.args.find((argument) => argument.type === 'enum' && argument.enum === 'Layer'));
}

function naming(layer: string, layers: LayerTable): (name: string) => ServiceName {
  const normal = layers.get(layer) ?? true;
  return (name) => ({ name, normal });
}

function serviceScope(call: CallExpression, layers: LayerTable): Scope {
  const keys = listOf(call.args[0]);
  const delimiter = call.args.length === 3 ? textOf(call.args[1]) : '.';
  const layer = layerName(call);
  const service = naming(layer, layers);
  return {
    scope: 'Service',
    layer,
    keys,
    locate: (labels) => {
      const name = joined(labels, keys, delimiter);
      return name === ''
        ? undefined
        : { entity: { scope: 'Service', service: service(name) }, layer, properties: none };
    },
  };
}

function instanceScope(call: CallExpression, layers: LayerTable): Scope {
  const short = call.args.length === 3;
  const [serviceKeys, instanceKeys] = short
    ? [listOf(call.args[0]), listOf(call.args[1])]
    : [listOf(call.args[0]), listOf(call.args[2])];
  const [serviceDelimiter, instanceDelimiter] = short ? ['.', '.'] : [textOf(call.args[1]), textOf(call.args[3])];
  const layer = layerName(call);
  const service = naming(layer, layers);
  const closure = closureOf(call.args[5]);
  const describe = closure === undefined ? undefined : compileClosure(closure, 1, closureHost(undefined));
  return {
    scope: 'ServiceInstance',
    layer,
    keys: [...serviceKeys, ...instanceKeys],
    locate: (labels) => {
      const name = joined(labels, serviceKeys, serviceDelimiter);
      const instance = joined(labels, instanceKeys, instanceDelimiter);
      if (name === '' || instance === '') return undefined;
      const entity: Entity = { scope: 'ServiceInstance', service: service(name), instance };
      return { entity, layer, properties: properties(describe, labels) };
    },
  };
}

function properties(describe: CompiledClosure | undefined, labels: Labels): Properties {
  const values = describe?.([new Map(labels)]);
  return values instanceof Map ? textProperties(values) : none;
}

/** Values that are no texts or numbers are left out. */
export function textProperties(values: ReadonlyMap<string, ClosureValue>): Properties {
  const texts: [string, string][] = [];
  for (const [name, value] of values) {
    if (typeof value === 'string') texts.push([name, value]);
    else if (typeof value === 'number' || typeof value === 'boolean') texts.push([name, String(value)]);
  }
  return Object.fromEntries(texts);
}

function endpointScope(call: CallExpression, layers: LayerTable): Scope {
  const serviceKeys = listOf(call.args[0]);
  const endpointKeys = listOf(call.args[1]);
  const delimiter = call.args.length === 4 ? textOf(call.args[2]) : '.';
  const layer = layerName(call);
  const service = naming(layer, layers);
  return {
    scope: 'Endpoint',
    layer,
    keys: [...serviceKeys, ...endpointKeys],
    locate: (labels) => {
      const name = joined(labels, serviceKeys, delimiter);
      const endpoint = joined(labels, endpointKeys, delimiter);
      if (name === '' || endpoint === '') return undefined;
      return { entity: { scope: 'Endpoint', service: service(name), endpoint }, layer, properties: none };
    },
  };
}

/** The layer is the value of a label. */
function processScope(call: CallExpression, layers: LayerTable): Scope {
  const [serviceKeys, instanceKeys, processKeys] = [listOf(call.args[0]), listOf(call.args[1]), listOf(call.args[2])];
  const layerKey = textOf(call.args[3]);
  return {
    scope: 'Process',
    layer: '',
    keys: [...serviceKeys, ...instanceKeys, ...processKeys, layerKey],
    locate: (labels) => {
      const layer = (labels.get(layerKey) ?? '').toUpperCase();
      const [name, instance, process] = [serviceKeys, instanceKeys, processKeys].map((keys) =>
        joined(labels, keys, '.'),
      );
      if (!name || !instance || !process || !layers.has(layer)) return undefined;
      return {
        entity: { scope: 'Process', service: naming(layer, layers)(name), instance, process },
        layer,
        properties: none,
      };
    },
  };
}

function relationProperties(call: CallExpression, componentKey: string): (labels: Labels) => Properties {
  const detectPoint = memberOf(call.args[0]);
  return (labels) => ({ detectPoint, ...component(labels, componentKey) });
}

function component(labels: Labels, key: string): Properties {
  const value = key === '' ? '' : (labels.get(key) ?? '');
  return value === '' ? none : { component: value };
}

function serviceRelationScope(call: CallExpression, layers: LayerTable): Scope {
  const [sourceKeys, destinationKeys] = [listOf(call.args[1]), listOf(call.args[2])];
  const delimiter = call.args.length > 4 ? textOf(call.args[3]) : '.';
  const componentKey = textOf(call.args[5]);
  const layer = layerName(call);
  const service = naming(layer, layers);
  const propertiesOf = relationProperties(call, componentKey);
  return {
    scope: 'ServiceRelation',
    layer,
    keys: withComponent([...sourceKeys, ...destinationKeys], componentKey),
    locate: (labels) => {
      const source = joined(labels, sourceKeys, delimiter);
      const destination = joined(labels, destinationKeys, delimiter);
      if (source === '' || destination === '') return undefined;
      const entity: Entity = { scope: 'ServiceRelation', source: service(source), destination: service(destination) };
      return { entity, layer, properties: propertiesOf(labels) };
    },
  };
}

function withComponent(keys: readonly string[], componentKey: string): readonly string[] {
  return componentKey === '' ? keys : [...keys, componentKey];
}

function instanceRelationScope(call: CallExpression, layers: LayerTable): Scope {
  const lists = call.args.slice(1, 5).map(listOf);
  const delimiter = call.args.length > 6 ? textOf(call.args[5]) : '.';
  const componentKey = textOf(call.args[7]);
  const layer = layerName(call);
  const service = naming(layer, layers);
  const propertiesOf = relationProperties(call, componentKey);
  return {
    scope: 'ServiceInstanceRelation',
    layer,
    keys: withComponent(lists.flat(), componentKey),
    locate: (labels) => {
      const [source, sourceInstance, destination, destinationInstance] = lists.map((keys) =>
        joined(labels, keys, delimiter),
      );
      if (!source || !sourceInstance || !destination || !destinationInstance) return undefined;
      const entity: Entity = {
        scope: 'ServiceInstanceRelation',
        source: service(source),
        sourceInstance,
        destination: service(destination),
        destinationInstance,
      };
      return { entity, layer, properties: propertiesOf(labels) };
    },
  };
}

function processRelationScope(call: CallExpression): Scope {
  const [detectKey, sourceKey, destinationKey, componentKey] = [0, 3, 4, 5].map((index) => textOf(call.args[index]));
  const [serviceKeys, instanceKeys] = [listOf(call.args[1]), listOf(call.args[2])];
  const keys = [
    ...serviceKeys,
    ...instanceKeys,
    detectKey ?? '',
    sourceKey ?? '',
    destinationKey ?? '',
    componentKey ?? '',
  ];
  return {
    scope: 'ProcessRelation',
    layer: '',
    keys,
    locate: (labels) => {
      const [name, instance] = [joined(labels, serviceKeys, '.'), joined(labels, instanceKeys, '.')];
      const sourceProcess = labels.get(sourceKey ?? '') ?? '';
      const destinationProcess = labels.get(destinationKey ?? '') ?? '';
      if (name === '' || instance === '' || sourceProcess === '' || destinationProcess === '') return undefined;
      const detectPoint = (labels.get(detectKey ?? '') ?? '').toLowerCase() === 'server' ? 'SERVER' : 'CLIENT';
      const entity: Entity = {
        scope: 'ProcessRelation',
        service: { name, normal: true },
        instance,
        sourceProcess,
        destinationProcess,
      };
      return { entity, layer: '', properties: { detectPoint, ...component(labels, componentKey ?? '') } };
    },
  };
}
