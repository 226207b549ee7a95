/** SkyWalking's trace queries, both versions. */
export const tracesSdl = `
input Pagination { pageNum: Int pageSize: Int! }
input InstanceCondition { serviceName: String! instanceName: String! layer: String }
input EndpointCondition { serviceName: String! endpointName: String! layer: String }
type KeyNumericValue { key: String! value: Long! }

enum TraceState { ALL SUCCESS ERROR }
enum QueryOrder { BY_START_TIME BY_DURATION }
enum RefType { CROSS_PROCESS CROSS_THREAD }
input SpanTag { key: String! value: String }

"queryDuration or traceId is needed. Durations in ms; 0 and null are no bound."
input TraceQueryCondition {
  serviceId: ID serviceInstanceId: ID traceId: String endpointId: ID queryDuration: Duration
  minTraceDuration: Int maxTraceDuration: Int traceState: TraceState! queryOrder: QueryOrder! tags: [SpanTag!] paging: Pagination!
}
input TraceQueryConditionByName {
  service: ServiceCondition instance: InstanceCondition endpoint: EndpointCondition traceId: String queryDuration: Duration
  minTraceDuration: Int maxTraceDuration: Int traceState: TraceState! queryOrder: QueryOrder! tags: [SpanTag!] paging: Pagination!
}

type BasicTrace { segmentId: String! endpointNames: [String!]! duration: Int! start: String! isError: Boolean traceIds: [String!]! }
type TraceBrief { traces: [BasicTrace!]! debuggingTrace: DebuggingTrace }

type Ref { traceId: ID! parentSegmentId: ID! parentSpanId: Int! type: RefType! }
type LogEntity { time: Long! data: [KeyValue!] }
type Instant { seconds: Long! nanos: Int! }
type SpanAttachedEvent { startTime: Instant! event: String! endTime: Instant! tags: [KeyValue]! summary: [KeyNumericValue!]! }
"Times in epoch ms."
type Span {
  traceId: ID! segmentId: ID! spanId: Int! parentSpanId: Int! refs: [Ref!]! serviceCode: String! serviceInstanceName: ID!
  startTime: Long! endTime: Long! endpointName: String type: String! peer: String component: String isError: Boolean layer: String
  tags: [KeyValue!]! logs: [LogEntity!]! attachedEvents: [SpanAttachedEvent!]!
}
"cut: there are more spans than the server answers at once; the latest are missing."
type Trace { spans: [Span!]! cut: Boolean! debuggingTrace: DebuggingTrace }
type TraceV2 { spans: [Span!]! cut: Boolean! }
type RetrievedTimeRange { startTime: Long! endTime: Long! }
"cut: of one trace or more spans are missing, or all of them."
type TraceList { traces: [TraceV2!]! cut: Boolean! retrievedTimeRange: RetrievedTimeRange! debuggingTrace: DebuggingTrace }

extend type Query {
  queryBasicTraces(condition: TraceQueryCondition, debug: Boolean): TraceBrief
  queryBasicTracesByName(condition: TraceQueryConditionByName, debug: Boolean): TraceBrief
  queryTrace(traceId: ID!, duration: Duration, debug: Boolean): Trace
  queryTraces(condition: TraceQueryCondition, debug: Boolean): TraceList
  hasQueryTracesV2Support: Boolean!
  queryTraceTagAutocompleteKeys(duration: Duration!): [String!]
  queryTraceTagAutocompleteValues(tagKey: String!, duration: Duration!): [String!]
}
`;
