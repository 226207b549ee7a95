/** SkyWalking's log queries; `Log` tells more here. */
export const logsSdl = `
enum ContentType { TEXT JSON YAML }

input LogTag { key: String! value: String }
"For spans of OTLP the segment is the span itself, and spanId 0."
input TraceScopeCondition { traceId: String! segmentId: String spanId: Int }

"queryDuration or relatedTrace is needed. Keywords are parts of the content, case-sensitive; all must hold."
input LogQueryCondition {
  serviceId: ID serviceInstanceId: ID endpointId: ID relatedTrace: TraceScopeCondition queryDuration: Duration paging: Pagination!
  tags: [LogTag!] keywordsOfContent: [String!] excludingKeywordsOfContent: [String!] queryOrder: Order
}
input LogQueryConditionByName {
  service: ServiceCondition instance: InstanceCondition endpoint: EndpointCondition
  relatedTrace: TraceScopeCondition queryDuration: Duration paging: Pagination!
  tags: [LogTag!] keywordsOfContent: [String!] excludingKeywordsOfContent: [String!] queryOrder: Order
}
"log: a LogData message as JSON or YAML; dsl: one LAL rule."
input LogTestRequest { log: String! dsl: String! }

type Log {
  serviceName: String serviceId: ID serviceInstanceName: String serviceInstanceId: ID endpointName: String endpointId: ID
  traceId: String "Epoch ms." timestamp: Long! contentType: ContentType! content: String tags: [KeyValue!]
  spanId: String severity: String layer: String
  "The call of which an access log of a gateway tells."
  modelCall: ModelCall
  trace: Trace
}
type Logs { errorReason: String logs: [Log!]! debuggingTrace: DebuggingTrace }
type LogTestMetrics { name: String! tags: [KeyValue!] value: Long! timestamp: Long! }
type LogTestResponse { log: Log metrics: [LogTestMetrics!] }

extend type Query {
  supportQueryLogsByKeywords: Boolean!
  queryLogs(condition: LogQueryCondition, debug: Boolean): Logs
  queryLogsByName(condition: LogQueryConditionByName, debug: Boolean): Logs
  test(requests: LogTestRequest!): LogTestResponse!
  queryLogTagAutocompleteKeys(duration: Duration!): [String!]
  queryLogTagAutocompleteValues(tagKey: String!, duration: Duration!): [String!]
}
`;
