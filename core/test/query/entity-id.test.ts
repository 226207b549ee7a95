import { describe, expect, it, test } from 'vitest';
import { entityId, processId, type EntityScope } from '../../src/model/entity.js';
import type { QueryEntity } from '../../src/contract/query.js';
import { metricEntityId } from '../../src/query/entity-id.js';
import { definition, queryBench, serviceA, show, state, t0 } from './kit.js';

const service = { name: 'a', normal: true };
const destination = { name: 'b', normal: false };
const full: Required<QueryEntity> = {
  serviceName: 'a', normal: true, serviceInstanceName: 'i', endpointName: 'e', processName: 'p',
  destServiceName: 'b', destNormal: false, destServiceInstanceName: 'di', destEndpointName: 'de', destProcessName: 'dp',
};

describe('the entity of a metric', () => {
  it.each([
    [{ scope: 'All' }, []],
    [{ scope: 'Service', service }, ['serviceName', 'normal']],
    [{ scope: 'ServiceInstance', service, instance: 'i' }, ['serviceName', 'normal', 'serviceInstanceName']],
    [{ scope: 'Endpoint', service, endpoint: 'e' }, ['serviceName', 'normal', 'endpointName']],
    [{ scope: 'Process', service, instance: 'i', process: 'p' }, ['serviceName', 'normal', 'serviceInstanceName', 'processName']],
    [{ scope: 'ServiceRelation', source: service, destination }, ['serviceName', 'normal', 'destServiceName', 'destNormal']],
    [{ scope: 'ServiceInstanceRelation', source: service, sourceInstance: 'i', destination, destinationInstance: 'di' },
      ['serviceName', 'normal', 'serviceInstanceName', 'destServiceName', 'destNormal', 'destServiceInstanceName']],
    [{ scope: 'EndpointRelation', source: service, sourceEndpoint: 'e', destination, destinationEndpoint: 'de' },
      ['serviceName', 'normal', 'endpointName', 'destServiceName', 'destNormal', 'destEndpointName']],
    [{ scope: 'ProcessRelation', service, instance: 'i', sourceProcess: 'p', destinationProcess: 'dp' },
      ['serviceName', 'normal', 'serviceInstanceName', 'processName', 'destProcessName']],
  ] as const)('%j needs its names and no others', (entity, needed) => {
    const scope: EntityScope = entity.scope;
    const only = Object.fromEntries(needed.map((name) => [name, full[name]]));
    expect(metricEntityId(scope, only)).toBe(entityId(entity));
    expect(metricEntityId(scope, full)).toBe(entityId(entity));
    for (const name of needed) {
      expect(metricEntityId(scope, Object.fromEntries(Object.entries(only).filter(([key]) => key !== name))), name).toBeUndefined();
      if (typeof full[name] === 'string') expect(metricEntityId(scope, { ...only, [name]: '' }), name).toBeUndefined();
    }
  });
});

describe('rankings of what has no readable id', () => {
  test('processes bear the names they were seen with, relations their ids', async () => {
    const bench = queryBench();
    const { storage } = bench;
    const id = processId(service, 'i', 'worker');
    storage.define(definition('cpu', { scope: 'Process' }), definition('calls', { scope: 'ServiceRelation' }));
    storage.put('cpu', state(2), { entityId: id });
    storage.put('cpu', state(1), { entityId: 'unseen' });
    storage.put('calls', state(3), { entityId: `${serviceA}-x` });
    storage.records.push({
      tenant: '', id, scope: 'Process', name: 'worker', serviceId: serviceA, instanceId: 'i', layers: [], firstSeenMs: t0, lastSeenMs: t0, properties: {},
    });
    const top = await bench.ask('top_n(cpu,5,des)', { entity: {} });
    expect(show(top)).toBe('SORTED_LIST worker=2 unseen=1');
    expect(top.results[0]?.values[0]?.owner).toEqual({ scope: 'Process' });
    expect(show(await bench.ask('top_n(calls,5,des)', { entity: {} }))).toBe(`SORTED_LIST ${serviceA}-x=3`);
  });
});
