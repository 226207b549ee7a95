/** Rows that the greatest version replaces: metrics and entities. */
export const measureProto = `
syntax = "proto3";
package banyandb.measure.v1;

message TagFamilySpec { string name = 1; repeated string tag_names = 2; }
message DataPointSpec { repeated TagFamilySpec tag_family_spec = 1; repeated string field_names = 2; }

message DataPointValue {
  google.protobuf.Timestamp timestamp = 1;
  repeated banyandb.model.v1.TagFamilyForWrite tag_families = 2;
  repeated banyandb.model.v1.FieldValue fields = 3;
  int64 version = 4;
}

// metadata and data_point_spec hold until the next ones of the stream; message_id comes back in the answer.
message WriteRequest {
  banyandb.common.v1.Metadata metadata = 1;
  DataPointValue data_point = 2;
  uint64 message_id = 3;
  DataPointSpec data_point_spec = 4;
}

message WriteResponse { uint64 message_id = 1; string status = 2; banyandb.common.v1.Metadata metadata = 3; }

message QueryRequest {
  message FieldProjection { repeated string names = 1; }
  message GroupBy { banyandb.model.v1.TagProjection tag_projection = 1; string field_name = 2; }
  message Aggregation { banyandb.model.v1.AggregationFunction function = 1; string field_name = 2; }
  message Top { int32 number = 1; string field_name = 2; banyandb.model.v1.Sort field_value_sort = 3; }
  repeated string groups = 1;
  string name = 2;
  banyandb.model.v1.TimeRange time_range = 3;
  banyandb.model.v1.Criteria criteria = 4;
  banyandb.model.v1.TagProjection tag_projection = 5;
  FieldProjection field_projection = 6;
  GroupBy group_by = 7;
  Aggregation agg = 8;
  Top top = 9;
  uint32 offset = 10;
  uint32 limit = 11;
  banyandb.model.v1.QueryOrder order_by = 12;
  bool trace = 13;
  repeated string stages = 14;
}

message DataPoint {
  message Field { string name = 1; banyandb.model.v1.FieldValue value = 2; }
  google.protobuf.Timestamp timestamp = 1;
  repeated banyandb.model.v1.TagFamily tag_families = 2;
  repeated Field fields = 3;
  uint64 sid = 4;
  int64 version = 5;
}

message QueryResponse { repeated DataPoint data_points = 1; map<string, banyandb.model.v1.Status> group_statuses = 50; }

service MeasureService {
  rpc Query(QueryRequest) returns (QueryResponse);
  rpc Write(stream WriteRequest) returns (stream WriteResponse);
}
`;
