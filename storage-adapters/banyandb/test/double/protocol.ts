/** gRPC services of the protocol as grpc-js wants them. Requests come as in messages.ts; answers are plain objects. */
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { protocolRoot } from '../../src/protocol/root.js';

export const serviceNames = [
  'banyandb.common.v1.Service',
  ...['Group', 'Measure', 'Stream', 'Trace', 'Property', 'IndexRule', 'IndexRuleBinding'].map((kind) => `banyandb.database.v1.${kind}RegistryService`),
  'banyandb.measure.v1.MeasureService',
  'banyandb.stream.v1.StreamService',
  'banyandb.trace.v1.TraceService',
  'banyandb.property.v1.PropertyService',
  'banyandb.schema.v1.SchemaBarrierService',
  'grpc.health.v1.Health',
] as const;

export function encode(type: protobuf.Type, value: object): Buffer {
  const bytes = type.encode(type.fromObject(value)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes and queries of rows answer without enums by name: what they give is encoded as it is. */
const dataMethods = new Set(['measure', 'stream', 'trace'].flatMap((kind) => {
  const service = `banyandb.${kind}.v1.${kind[0]?.toUpperCase()}${kind.slice(1)}Service`;
  return [`${service}/Write`, `${service}/Query`];
}));

function encodeAsIs(type: protobuf.Type, value: object): Buffer {
  const bytes = type.encode(value).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Absent scalars stay absent; lists are always there; int64 as Long. */
export function decode(type: protobuf.Type, bytes: Uint8Array): object {
  return type.toObject(type.decode(bytes), { enums: String, arrays: true, oneofs: true });
}

function methodDefinition(service: string, method: protobuf.Method): MethodDefinition<object, object> {
  const root = protocolRoot();
  const request = root.lookupType(method.resolvedRequestType?.fullName ?? method.requestType);
  const response = root.lookupType(method.resolvedResponseType?.fullName ?? method.responseType);
  return {
    path: `/${service}/${method.name}`,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    requestSerialize: (value) => encode(request, value),
    requestDeserialize: (bytes) => decode(request, bytes),
    responseSerialize: (value) => (dataMethods.has(`${service}/${method.name}`) ? encodeAsIs(response, value) : encode(response, value)),
    responseDeserialize: (bytes) => decode(response, bytes),
  };
}

export function serviceDefinition(name: string): ServiceDefinition {
  const service = protocolRoot().lookupService(name);
  const found: Record<string, MethodDefinition<object, object>> = {};
  for (const method of service.methodsArray) found[method.name] = methodDefinition(name, method);
  return found;
}
