/** Small documents by id. */
export const propertyProto = `
syntax = "proto3";
package banyandb.property.v1;

message Property {
  banyandb.common.v1.Metadata metadata = 1;
  string id = 2;
  repeated banyandb.model.v1.Tag tags = 3;
  google.protobuf.Timestamp updated_at = 4;
}

message ApplyRequest {
  enum Strategy { STRATEGY_UNSPECIFIED = 0; STRATEGY_MERGE = 1; STRATEGY_REPLACE = 2; }
  Property property = 1;
  Strategy strategy = 2;
}
message ApplyResponse { bool created = 1; uint32 tags_num = 2; }

// Without an id: all of the name.
message DeleteRequest { string group = 1; string name = 2; string id = 3; }
message DeleteResponse { bool deleted = 1; }

message QueryOrder { string tag_name = 1; banyandb.model.v1.Sort sort = 12; }
message QueryRequest {
  repeated string groups = 1;
  string name = 2;
  repeated string ids = 3;
  banyandb.model.v1.Criteria criteria = 4;
  repeated string tag_projection = 5;
  uint32 limit = 6;
  bool trace = 7;
  QueryOrder order_by = 8;
}
message QueryResponse { repeated Property properties = 1; }

service PropertyService {
  rpc Apply(ApplyRequest) returns (ApplyResponse);
  rpc Delete(DeleteRequest) returns (DeleteResponse);
  rpc Query(QueryRequest) returns (QueryResponse);
}
`;
