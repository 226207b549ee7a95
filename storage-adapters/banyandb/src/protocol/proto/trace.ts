/** Spans with an opaque body, kept by trace. */
export const traceProto = `
syntax = "proto3";
package banyandb.trace.v1;

message TagSpec { repeated string tag_names = 1; }

// version is no version of the span: it names the request in the answer.
message WriteRequest {
  banyandb.common.v1.Metadata metadata = 1;
  repeated banyandb.model.v1.TagValue tags = 2;
  bytes span = 3;
  uint64 version = 4;
  TagSpec tag_spec = 5;
}

message WriteResponse { banyandb.common.v1.Metadata metadata = 1; uint64 version = 2; string status = 3; }

message QueryRequest {
  repeated string groups = 1;
  string name = 2;
  banyandb.model.v1.TimeRange time_range = 3;
  uint32 offset = 4;
  uint32 limit = 5;
  banyandb.model.v1.QueryOrder order_by = 6;
  banyandb.model.v1.Criteria criteria = 7;
  repeated string tag_projection = 8;
  bool trace = 9;
  repeated string stages = 10;
}

message Span { repeated banyandb.model.v1.Tag tags = 1; bytes span = 2; string span_id = 3; }
message Trace { repeated Span spans = 1; string trace_id = 2; }
message QueryResponse { repeated Trace traces = 1; map<string, banyandb.model.v1.Status> group_statuses = 50; }

service TraceService {
  rpc Query(QueryRequest) returns (QueryResponse);
  rpc Write(stream WriteRequest) returns (stream WriteResponse);
}
`;
