/** Rows that are never replaced: records. */
export const streamProto = `
syntax = "proto3";
package banyandb.stream.v1;

message TagFamilySpec { string name = 1; repeated string tag_names = 2; }

message ElementValue {
  string element_id = 1;
  google.protobuf.Timestamp timestamp = 2;
  repeated banyandb.model.v1.TagFamilyForWrite tag_families = 3;
}

message WriteRequest {
  banyandb.common.v1.Metadata metadata = 1;
  ElementValue element = 2;
  uint64 message_id = 3;
  repeated TagFamilySpec tag_family_spec = 4;
}

message WriteResponse { uint64 message_id = 1; string status = 2; banyandb.common.v1.Metadata metadata = 3; }

message QueryRequest {
  repeated string groups = 1;
  string name = 2;
  banyandb.model.v1.TimeRange time_range = 3;
  uint32 offset = 4;
  uint32 limit = 5;
  banyandb.model.v1.QueryOrder order_by = 6;
  banyandb.model.v1.Criteria criteria = 7;
  banyandb.model.v1.TagProjection projection = 8;
  bool trace = 9;
  repeated string stages = 10;
}

message Element {
  string element_id = 1;
  google.protobuf.Timestamp timestamp = 2;
  repeated banyandb.model.v1.TagFamily tag_families = 3;
}

message QueryResponse { repeated Element elements = 1; map<string, banyandb.model.v1.Status> group_statuses = 50; }

service StreamService {
  rpc Query(QueryRequest) returns (QueryResponse);
  rpc Write(stream WriteRequest) returns (stream WriteResponse);
}
`;
