/** Model calls: our own part of the schema. */
export const callsSdl = `
enum CallOrder { BY_START_TIME BY_COST BY_DURATION }

"Any field or configured dimension, e.g. {key: \\"team\\", value: \\"search\\"}; several of one key mean any of them."
input CallTag { key: String! value: String! }

"queryDuration or traceId is needed. Costs are USD as decimal text; calls of unknown cost match neither bound."
input ModelCallCondition {
  queryDuration: Duration
  service: String instance: String provider: String model: String user: String session: String team: String
  status: String errorType: String operation: String
  traceId: ID minCostUsd: String maxCostUsd: String
  tags: [CallTag!]
  order: CallOrder
}

"input includes the cached, cache-writing and audio tokens, output the reasoning and audio ones; null: nobody said."
type CallTokens {
  input: Long cacheRead: Long cacheWrite5m: Long cacheWrite1h: Long output: Long reasoning: Long audioInput: Long audioOutput: Long
}
"USD as decimal text, each token in one class only; null: unknown, or nothing was owed (source none). source: provider-reported, computed, estimated, unknown or none."
type CallCost {
  source: String! totalUsd: String inputUsd: String cacheReadUsd: String cacheWriteUsd: String outputUsd: String reasoningUsd: String audioUsd: String
  priceVersion: String tier: String
}
type ModelCall {
  "traceId and spanId are empty for a call that only an access log without them tells of; requestId is the gateway's x-request-id."
  id: ID! traceId: ID! spanId: ID! requestId: String
  "Epoch ms."
  startTime: Long! durationMs: Float!
  source: String! dialect: String!
  service: String! instance: String user: String session: String team: String dimensions: [KeyValue!]! gateway: String route: String
  provider: String! model: String! requestModel: String responseModel: String operation: String! streaming: Boolean finishReason: String
  "ok or error"
  status: String! errorType: String endState: String!
  tokens: CallTokens!
  timeToFirstTokenMs: Float timePerOutputTokenMs: Float
  serviceTier: String cost: CallCost!
  "How often it was priced anew."
  revision: Int!
  "Prompts and completions by attribute, when they are captured and still kept."
  content: [KeyValue!]!
  trace: Trace
}
type ModelCallList { calls: [ModelCall!]! }

type CallMeasureValue { name: String! "A number as text; null: unknown." value: String }
type ModelCallGroup {
  "In the order of groupBy."
  groups: [KeyValue!]!
  "Start of the bucket, epoch ms, when grouped by time."
  time: Long
  "In the order of measures."
  measures: [CallMeasureValue!]!
}
type UnpricedModel { provider: String! model: String! calls: Long! "null: nobody told." inputTokens: Long outputTokens: Long lastSeen: Long! }

extend type Query {
  queryModelCalls(condition: ModelCallCondition!, paging: Pagination): ModelCallList!
  modelCall(id: ID!): ModelCall
  "groupBy: fields or dimensions, and time for buckets of the duration's step. At most limit groups, those with the greatest first measure over the whole duration; by time each with all its buckets, oldest first."
  modelCallBreakdown(
    groupBy: [String!]!, measures: [String!]!, condition: ModelCallCondition, duration: Duration!, limit: Int
  ): [ModelCallGroup!]!
  unpricedModels(duration: Duration!, limit: Int): [UnpricedModel!]!
}
extend type Trace { modelCalls: [ModelCall!]! }
`;
