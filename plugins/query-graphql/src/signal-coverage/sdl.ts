/** What each signal of a gateway tells of: our own part of the schema. */
export const coverageSdl = `
"count: all that the signal tells of. percent and missing are measured by the fullest signal, without requests that only access logs can tell of."
type CoverageShare { count: Long! missing: Long! percent: Float! }
type SignalCount {
  "metrics, logs or spans"
  signal: String!
  "false: the gateway sent none in the whole duration, for any model."
  sent: Boolean!
  requests: CoverageShare!
  "Input and output."
  tokens: CoverageShare!
}
"One gateway and one model that clients asked it for."
type SignalCoverage {
  serviceId: ID! service: String! model: String!
  "Of the fullest signal, without requests that only access logs can tell of."
  requests: Long! tokens: Long!
  signals: [SignalCount!]!
  "Signals that are sent and miss requests or tokens."
  missing: [String!]!
  "Requests that, by their access logs, only these can tell of: those that reached no backend, and those that ended before the answer did."
  noBackend: Long! unfinished: Long!
  "Requests in the first and last minute of the duration; 0 at larger steps."
  atBorder: Long!
  "All of this in words."
  explanation: String!
}

extend type Query {
  "service: a gateway's name. Most missing requests first."
  signalCoverage(duration: Duration!, service: String, limit: Int): [SignalCoverage!]!
}
`;
