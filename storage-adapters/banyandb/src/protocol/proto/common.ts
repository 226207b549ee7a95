/** Identity of what is stored, groups with their lifetimes, and the version of the API. */
export const commonProto = `
syntax = "proto3";
package banyandb.common.v1;

enum Catalog {
  CATALOG_UNSPECIFIED = 0;
  CATALOG_STREAM = 1;
  CATALOG_MEASURE = 2;
  CATALOG_PROPERTY = 3;
  CATALOG_TRACE = 4;
}

// The server numbers every change of its registry: mod_revision. 0 in a request asks for no particular one.
message Metadata {
  string group = 1;
  string name = 2;
  uint32 id = 3;
  int64 create_revision = 4;
  int64 mod_revision = 5;
}

message IntervalRule {
  enum Unit { UNIT_UNSPECIFIED = 0; UNIT_HOUR = 1; UNIT_DAY = 2; }
  Unit unit = 1;
  uint32 num = 2;
}

// A later place of data in a cluster.
message LifecycleStage {
  string name = 1;
  uint32 shard_num = 2;
  IntervalRule segment_interval = 3;
  IntervalRule ttl = 4;
  string node_selector = 5;
  bool close = 6;
  uint32 replicas = 7;
}

message ResourceOpts {
  uint32 shard_num = 1;
  IntervalRule segment_interval = 2;
  IntervalRule ttl = 3;
  repeated LifecycleStage stages = 4;
  repeated string default_stages = 5;
  uint32 replicas = 6;
}

// Field 6, the sampling of traces inside the server, is not ours: it is kept as bytes so that an update does not lose it.
message Group {
  Metadata metadata = 1;
  Catalog catalog = 2;
  ResourceOpts resource_opts = 3;
  google.protobuf.Timestamp updated_at = 4;
  google.protobuf.Timestamp created_at = 5;
  optional bytes pipeline = 6;
}

message APIVersion { string version = 1; string revision = 2; }
message GetAPIVersionRequest {}
message GetAPIVersionResponse { APIVersion version = 1; }
service Service { rpc GetAPIVersion(GetAPIVersionRequest) returns (GetAPIVersionResponse); }
`;
