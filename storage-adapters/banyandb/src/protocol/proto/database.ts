/** The registry: what is stored, and the services that make, change and list it. */
const objects = `
syntax = "proto3";
package banyandb.database.v1;

enum TagType {
  TAG_TYPE_UNSPECIFIED = 0;
  TAG_TYPE_STRING = 1;
  TAG_TYPE_INT = 2;
  TAG_TYPE_STRING_ARRAY = 3;
  TAG_TYPE_INT_ARRAY = 4;
  TAG_TYPE_DATA_BINARY = 5;
  TAG_TYPE_TIMESTAMP = 6;
}
enum FieldType {
  FIELD_TYPE_UNSPECIFIED = 0;
  FIELD_TYPE_STRING = 1;
  FIELD_TYPE_INT = 2;
  FIELD_TYPE_DATA_BINARY = 3;
  FIELD_TYPE_FLOAT = 4;
}
enum EncodingMethod { ENCODING_METHOD_UNSPECIFIED = 0; ENCODING_METHOD_GORILLA = 1; }
enum CompressionMethod { COMPRESSION_METHOD_UNSPECIFIED = 0; COMPRESSION_METHOD_ZSTD = 1; }

message TagSpec { string name = 1; TagType type = 2; }
message TagFamilySpec { string name = 1; repeated TagSpec tags = 2; }
message FieldSpec {
  string name = 1;
  FieldType field_type = 2;
  EncodingMethod encoding_method = 3;
  CompressionMethod compression_method = 4;
}
message Entity { repeated string tag_names = 1; }
message ShardingKey { repeated string tag_names = 1; }

message Stream {
  banyandb.common.v1.Metadata metadata = 1;
  repeated TagFamilySpec tag_families = 2;
  Entity entity = 3;
  google.protobuf.Timestamp updated_at = 4;
  google.protobuf.Timestamp created_at = 5;
}

message Measure {
  banyandb.common.v1.Metadata metadata = 1;
  repeated TagFamilySpec tag_families = 2;
  repeated FieldSpec fields = 3;
  Entity entity = 4;
  string interval = 5;
  google.protobuf.Timestamp updated_at = 6;
  bool index_mode = 7;
  ShardingKey sharding_key = 8;
  google.protobuf.Timestamp created_at = 9;
}

message IndexRule {
  enum Type { TYPE_UNSPECIFIED = 0; TYPE_INVERTED = 1; TYPE_SKIPPING = 2; TYPE_TREE = 3; }
  banyandb.common.v1.Metadata metadata = 1;
  repeated string tags = 2;
  Type type = 3;
  google.protobuf.Timestamp updated_at = 4;
  string analyzer = 5;
  bool no_sort = 6;
  google.protobuf.Timestamp created_at = 7;
}

message Subject { banyandb.common.v1.Catalog catalog = 1; string name = 2; }

message IndexRuleBinding {
  banyandb.common.v1.Metadata metadata = 1;
  repeated string rules = 2;
  Subject subject = 3;
  google.protobuf.Timestamp begin_at = 4;
  google.protobuf.Timestamp expire_at = 5;
  google.protobuf.Timestamp updated_at = 6;
  google.protobuf.Timestamp created_at = 7;
}

message Property {
  banyandb.common.v1.Metadata metadata = 1;
  repeated TagSpec tags = 2;
  google.protobuf.Timestamp updated_at = 6;
  google.protobuf.Timestamp created_at = 7;
}

message TraceTagSpec { string name = 1; TagType type = 2; }

message Trace {
  banyandb.common.v1.Metadata metadata = 1;
  repeated TraceTagSpec tags = 2;
  string trace_id_tag_name = 3;
  string timestamp_tag_name = 4;
  google.protobuf.Timestamp updated_at = 5;
  string span_id_tag_name = 6;
  google.protobuf.Timestamp created_at = 7;
}
`;

const groupRegistry = `
message GroupRegistryServiceCreateRequest { banyandb.common.v1.Group group = 1; }
message GroupRegistryServiceCreateResponse { int64 mod_revision = 1; }
message GroupRegistryServiceUpdateRequest { banyandb.common.v1.Group group = 1; }
message GroupRegistryServiceUpdateResponse { int64 mod_revision = 1; }
// Without force only an empty group goes.
message GroupRegistryServiceDeleteRequest { string group = 1; bool dry_run = 2; bool force = 3; bool data_only = 4; }
message GroupRegistryServiceDeleteResponse { int64 delete_time = 2; int64 mod_revision = 3; }
message GroupRegistryServiceGetRequest { string group = 1; }
message GroupRegistryServiceGetResponse { banyandb.common.v1.Group group = 1; }
message GroupRegistryServiceListRequest {}
message GroupRegistryServiceListResponse { repeated banyandb.common.v1.Group group = 1; }
message GroupRegistryServiceExistRequest { string group = 1; }
message GroupRegistryServiceExistResponse { bool has_group = 1; }

service GroupRegistryService {
  rpc Create(GroupRegistryServiceCreateRequest) returns (GroupRegistryServiceCreateResponse);
  rpc Update(GroupRegistryServiceUpdateRequest) returns (GroupRegistryServiceUpdateResponse);
  rpc Delete(GroupRegistryServiceDeleteRequest) returns (GroupRegistryServiceDeleteResponse);
  rpc Get(GroupRegistryServiceGetRequest) returns (GroupRegistryServiceGetResponse);
  rpc List(GroupRegistryServiceListRequest) returns (GroupRegistryServiceListResponse);
  rpc Exist(GroupRegistryServiceExistRequest) returns (GroupRegistryServiceExistResponse);
}
`;

/** The registries of the other objects differ in names only; `listed` is what the field of a list is called. */
function registry(kind: string, field: string, listed = field): string {
  const service = `${kind}RegistryService`;
  return `
message ${service}CreateRequest { ${kind} ${field} = 1; }
message ${service}CreateResponse { int64 mod_revision = 1; }
message ${service}UpdateRequest { ${kind} ${field} = 1; }
message ${service}UpdateResponse { int64 mod_revision = 1; }
message ${service}DeleteRequest { banyandb.common.v1.Metadata metadata = 1; }
message ${service}DeleteResponse { bool deleted = 1; int64 delete_time = 2; int64 mod_revision = 3; }
message ${service}GetRequest { banyandb.common.v1.Metadata metadata = 1; }
message ${service}GetResponse { ${kind} ${field} = 1; }
message ${service}ListRequest { string group = 1; }
message ${service}ListResponse { repeated ${kind} ${listed} = 1; }
message ${service}ExistRequest { banyandb.common.v1.Metadata metadata = 1; }
message ${service}ExistResponse { bool has_group = 1; bool has_${field} = 2; }

service ${service} {
  rpc Create(${service}CreateRequest) returns (${service}CreateResponse);
  rpc Update(${service}UpdateRequest) returns (${service}UpdateResponse);
  rpc Delete(${service}DeleteRequest) returns (${service}DeleteResponse);
  rpc Get(${service}GetRequest) returns (${service}GetResponse);
  rpc List(${service}ListRequest) returns (${service}ListResponse);
  rpc Exist(${service}ExistRequest) returns (${service}ExistResponse);
}
`;
}

export const databaseProto = [
  objects,
  groupRegistry,
  registry('Measure', 'measure'),
  registry('Stream', 'stream'),
  registry('Trace', 'trace'),
  registry('Property', 'property', 'properties'),
  registry('IndexRule', 'index_rule'),
  registry('IndexRuleBinding', 'index_rule_binding'),
].join('');
