/** Waiting until the nodes know a schema; servers before 0.11 answer UNIMPLEMENTED. */
export const barrierProto = `
syntax = "proto3";
package banyandb.schema.v1;

// kind: group, stream, measure, trace, property, index_rule, index_rule_binding or top_n_aggregation.
message SchemaKey { string kind = 1; string group = 2; string name = 3; }

message NodeLaggard {
  string node = 1;
  int64 current_mod_revision = 2;
  repeated SchemaKey missing_keys = 3;
  repeated SchemaKey still_present_keys = 4;
  string reason = 5;
}

message AwaitRevisionAppliedRequest { int64 min_revision = 1; google.protobuf.Duration timeout = 2; }
message AwaitRevisionAppliedResponse { bool applied = 1; repeated NodeLaggard laggards = 2; }

message AwaitSchemaAppliedRequest {
  repeated SchemaKey keys = 1;
  repeated int64 min_revisions = 2;
  google.protobuf.Duration timeout = 3;
}
message AwaitSchemaAppliedResponse { bool applied = 1; repeated NodeLaggard laggards = 2; }

message AwaitSchemaDeletedRequest { repeated SchemaKey keys = 1; google.protobuf.Duration timeout = 2; }
message AwaitSchemaDeletedResponse { bool applied = 1; repeated NodeLaggard laggards = 2; }

service SchemaBarrierService {
  rpc AwaitRevisionApplied(AwaitRevisionAppliedRequest) returns (AwaitRevisionAppliedResponse);
  rpc AwaitSchemaApplied(AwaitSchemaAppliedRequest) returns (AwaitSchemaAppliedResponse);
  rpc AwaitSchemaDeleted(AwaitSchemaDeletedRequest) returns (AwaitSchemaDeletedResponse);
}
`;
