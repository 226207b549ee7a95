/** Every method of the server that is called here. */
export interface MethodDefinition {
  readonly path: string;
  readonly request: string;
  readonly response: string;
  readonly streaming: boolean;
}

type Operation = 'create' | 'update' | 'delete' | 'get' | 'list' | 'exist';
type RegistryName = 'group' | 'measure' | 'stream' | 'trace' | 'property' | 'indexRule' | 'indexRuleBinding';
type OtherMethod =
  | 'apiVersion' | 'health'
  | 'measureWrite' | 'measureQuery' | 'streamWrite' | 'streamQuery' | 'traceWrite' | 'traceQuery'
  | 'propertyApply' | 'propertyDelete' | 'propertyQuery'
  | 'awaitRevisionApplied' | 'awaitSchemaApplied' | 'awaitSchemaDeleted';
/** `measureCreate`, `indexRuleBindingGet`, `propertySchemaUpdate`, `measureQuery`, … */
export type MethodName = OtherMethod | `${RegistryName}Schema${Capitalize<Operation>}`;

const operations: readonly Operation[] = ['create', 'update', 'delete', 'get', 'list', 'exist'];
const registries: readonly RegistryName[] = ['group', 'measure', 'stream', 'trace', 'property', 'indexRule', 'indexRuleBinding'];

function method(service: string, name: string, [request, response]: readonly [string, string] = [`${name}Request`, `${name}Response`], streaming = false): MethodDefinition {
  const typesAt = service.slice(0, service.lastIndexOf('.') + 1);
  return { path: `/${service}/${name}`, request: typesAt + request, response: typesAt + response, streaming };
}

function capital<T extends string>(text: T): Capitalize<T> {
  return (text.charAt(0).toUpperCase() + text.slice(1)) as Capitalize<T>;
}

function registryMethods(): Record<string, MethodDefinition> {
  const found: Record<string, MethodDefinition> = {};
  for (const registry of registries) {
    const service = `${capital(registry)}RegistryService`;
    for (const operation of operations) {
      const name = capital(operation);
      found[`${registry}Schema${name}`] = method(`banyandb.database.v1.${service}`, name, [`${service}${name}Request`, `${service}${name}Response`]);
    }
  }
  return found;
}

const writeTypes = ['WriteRequest', 'WriteResponse'] as const;
const others: Readonly<Record<OtherMethod, MethodDefinition>> = {
  apiVersion: method('banyandb.common.v1.Service', 'GetAPIVersion'),
  health: method('grpc.health.v1.Health', 'Check', ['HealthCheckRequest', 'HealthCheckResponse']),
  measureWrite: method('banyandb.measure.v1.MeasureService', 'Write', writeTypes, true),
  measureQuery: method('banyandb.measure.v1.MeasureService', 'Query'),
  streamWrite: method('banyandb.stream.v1.StreamService', 'Write', writeTypes, true),
  streamQuery: method('banyandb.stream.v1.StreamService', 'Query'),
  traceWrite: method('banyandb.trace.v1.TraceService', 'Write', writeTypes, true),
  traceQuery: method('banyandb.trace.v1.TraceService', 'Query'),
  propertyApply: method('banyandb.property.v1.PropertyService', 'Apply'),
  propertyDelete: method('banyandb.property.v1.PropertyService', 'Delete'),
  propertyQuery: method('banyandb.property.v1.PropertyService', 'Query'),
  awaitRevisionApplied: method('banyandb.schema.v1.SchemaBarrierService', 'AwaitRevisionApplied'),
  awaitSchemaApplied: method('banyandb.schema.v1.SchemaBarrierService', 'AwaitSchemaApplied'),
  awaitSchemaDeleted: method('banyandb.schema.v1.SchemaBarrierService', 'AwaitSchemaDeleted'),
};

/** Holds every MethodName: built from the same lists as the type, which a test checks against the protos. */
export const methods = { ...registryMethods(), ...others } as Readonly<Record<MethodName, MethodDefinition>>;
