/** The schema: names and types of SkyWalking's query protocol, `MetricsTTL.metadata` of its next version, and our model calls. */
import { callsSdl } from './calls/sdl.js';
import { logsSdl } from './logs/sdl.js';
import { coverageSdl } from './signal-coverage/sdl.js';
import { tracesSdl } from './traces/sdl.js';

const common = `
scalar Long

enum Step { DAY HOUR MINUTE SECOND }
enum Language { UNKNOWN JAVA DOTNET NODEJS PYTHON RUBY GO LUA PHP }
enum Scope {
  All Service ServiceInstance Endpoint Process
  ServiceRelation ServiceInstanceRelation EndpointRelation ProcessRelation
}

type KeyValue { key: String! value: String }
type HealthStatus { score: Int! details: String }
type TimeInfo { timezone: String currentTimestamp: Long }

"Both ends included; the text has the precision of the step, in UTC."
input Duration { start: String! end: String! step: Step! coldStage: Boolean }

type DebuggingSpan {
  spanId: Int! parentSpanId: Int! operation: String! startTime: Long! endTime: Long! duration: Long! msg: String error: String
}
type DebuggingTrace {
  traceId: String! condition: String! startTime: Long! endTime: Long! duration: Long! spans: [DebuggingSpan!]!
}

input ServiceCondition { serviceName: String! layer: String }
`;

const metadata = `
type Service { id: ID! name: String! group: String! shortName: String! layers: [String!]! normal: Boolean }
type Attribute { name: String! value: String! }
type ServiceInstance { id: ID! name: String! attributes: [Attribute!]! language: Language! instanceUUID: String! }
type Endpoint { id: ID! name: String! }
type EndpointInfo { id: ID! name: String! serviceId: ID! serviceName: String! }
type Database { id: ID! name: String! type: String! }

"Days; -1 where there is no cold stage."
type RecordsTTL {
  normal: Int! trace: Int! zipkinTrace: Int! log: Int! browserErrorLog: Int!
  coldNormal: Int! coldTrace: Int! coldZipkinTrace: Int! coldLog: Int! coldBrowserErrorLog: Int!
}
"Days; -1 where there is no cold stage."
type MetricsTTL {
  metadata: Int! minute: Int! hour: Int! day: Int! coldMinute: Int! coldHour: Int! coldDay: Int!
}
`;

const metrics = `
enum MetricsType { UNKNOWN REGULAR_VALUE LABELED_VALUE HEATMAP SAMPLED_RECORD }
enum ExpressionResultType { UNKNOWN SINGLE_VALUE TIME_SERIES_VALUES SORTED_LIST RECORD_LIST }

type MetricDefinition { name: String! type: MetricsType! catalog: String }

"Which names are needed follows from the scope of the metric; the field scope is not looked at."
input Entity {
  scope: Scope
  serviceName: String normal: Boolean serviceInstanceName: String endpointName: String processName: String
  destServiceName: String destNormal: Boolean destServiceInstanceName: String destEndpointName: String destProcessName: String
}

type Owner {
  scope: Scope serviceID: ID serviceName: String normal: Boolean
  serviceInstanceID: ID serviceInstanceName: String endpointID: ID endpointName: String
}
"The value is a decimal number as text; null is a gap."
type MQEValue { id: ID owner: Owner value: String traceID: ID }
type Metadata { labels: [KeyValue!]! }
type MQEValues { metric: Metadata! values: [MQEValue!]! }
enum Order { ASC DES }
input RecordCondition { name: String! parentEntity: Entity! topN: Int! order: Order! }
"refId is the trace."
type Record { name: String! id: ID! value: String refId: ID }

type ExpressionResult {
  type: ExpressionResultType! results: [MQEValues!]! error: String debuggingTrace: DebuggingTrace
}
`;

const operations = `
type Query {
  version: String
  checkHealth: HealthStatus!
  getTimeInfo: TimeInfo
  getRecordsTTL: RecordsTTL
  getMetricsTTL: MetricsTTL

  listLayers: [String!]!
  listServices(layer: String): [Service!]!
  getService(serviceId: String!): Service
  findService(serviceName: String!): Service
  listInstances(duration: Duration!, serviceId: ID!): [ServiceInstance!]!
  listInstancesByName(duration: Duration!, service: ServiceCondition!): [ServiceInstance!]!
  getInstance(instanceId: String!): ServiceInstance
  findEndpoint(keyword: String, serviceId: ID!, limit: Int!, duration: Duration): [Endpoint!]!
  findEndpointByName(keyword: String, service: ServiceCondition!, limit: Int!, duration: Duration): [Endpoint!]!
  getEndpointInfo(endpointId: ID!): EndpointInfo

  getAllServices(duration: Duration!, group: String): [Service!]!
  searchServices(duration: Duration!, keyword: String!): [Service!]!
  searchService(serviceCode: String!): Service
  getServiceInstances(duration: Duration!, serviceId: ID!): [ServiceInstance!]!
  searchEndpoint(keyword: String!, serviceId: ID!, limit: Int!): [Endpoint!]!
  getAllDatabases(duration: Duration!): [Database!]!

  typeOfMetrics(name: String!): MetricsType!
  listMetrics(regex: String): [MetricDefinition!]!
  execExpression(
    expression: String!, entity: Entity!, duration: Duration!, debug: Boolean, dumpDBRsp: Boolean
  ): ExpressionResult!
  readRecords(condition: RecordCondition!, duration: Duration!): [Record!]!
}

type Mutation {
  version: String
}
`;

export const sdl = [common, metadata, metrics, operations, tracesSdl, callsSdl, logsSdl, coverageSdl].join('');
