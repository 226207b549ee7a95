/** Values, conditions, projections, orders: what measures, streams, traces and properties share. */
export const modelProto = `
syntax = "proto3";
package banyandb.model.v1;

message Str { string value = 1; }
message Int { int64 value = 1; }
message Float { double value = 1; }
message StrArray { repeated string value = 1; }
message IntArray { repeated int64 value = 1; }

// Exactly one member is set, also for null.
message TagValue {
  oneof value {
    google.protobuf.NullValue null = 1;
    Str str = 2;
    StrArray str_array = 3;
    Int int = 4;
    IntArray int_array = 5;
    bytes binary_data = 6;
    google.protobuf.Timestamp timestamp = 7;
  }
}

message FieldValue {
  oneof value {
    google.protobuf.NullValue null = 1;
    Str str = 2;
    Int int = 3;
    bytes binary_data = 4;
    Float float = 5;
  }
}

message TagFamilyForWrite { repeated TagValue tags = 1; }
message Tag { string key = 1; TagValue value = 2; }
message TagFamily { string name = 1; repeated Tag tags = 2; }

message Condition {
  enum BinaryOp {
    BINARY_OP_UNSPECIFIED = 0;
    BINARY_OP_EQ = 1;
    BINARY_OP_NE = 2;
    BINARY_OP_LT = 3;
    BINARY_OP_GT = 4;
    BINARY_OP_LE = 5;
    BINARY_OP_GE = 6;
    BINARY_OP_HAVING = 7;
    BINARY_OP_NOT_HAVING = 8;
    BINARY_OP_IN = 9;
    BINARY_OP_NOT_IN = 10;
    BINARY_OP_MATCH = 11;
  }
  message MatchOption {
    enum Operator { OPERATOR_UNSPECIFIED = 0; OPERATOR_AND = 1; OPERATOR_OR = 2; }
    string analyzer = 1;
    Operator operator = 2;
  }
  string name = 1;
  BinaryOp op = 2;
  TagValue value = 3;
  MatchOption match_option = 4;
}

message Criteria {
  oneof exp {
    LogicalExpression le = 1;
    Condition condition = 2;
  }
}

message LogicalExpression {
  enum LogicalOp { LOGICAL_OP_UNSPECIFIED = 0; LOGICAL_OP_AND = 1; LOGICAL_OP_OR = 2; }
  LogicalOp op = 1;
  Criteria left = 2;
  Criteria right = 3;
}

enum Sort { SORT_UNSPECIFIED = 0; SORT_DESC = 1; SORT_ASC = 2; }
message QueryOrder { string index_rule_name = 1; Sort sort = 2; }

message TagProjection {
  message TagFamily { string name = 1; repeated string tags = 2; }
  repeated TagFamily tag_families = 1;
}

message TimeRange {
  google.protobuf.Timestamp begin = 1;
  google.protobuf.Timestamp end = 2;
}

enum AggregationFunction {
  AGGREGATION_FUNCTION_UNSPECIFIED = 0;
  AGGREGATION_FUNCTION_MEAN = 1;
  AGGREGATION_FUNCTION_MAX = 2;
  AGGREGATION_FUNCTION_MIN = 3;
  AGGREGATION_FUNCTION_COUNT = 4;
  AGGREGATION_FUNCTION_SUM = 5;
}

// Of one written row; its name comes as text in the answers.
enum Status {
  STATUS_UNSPECIFIED = 0;
  STATUS_SUCCEED = 1;
  STATUS_INVALID_TIMESTAMP = 2;
  STATUS_NOT_FOUND = 3;
  STATUS_EXPIRED_SCHEMA = 4;
  STATUS_INTERNAL_ERROR = 5;
  STATUS_DISK_FULL = 6;
  STATUS_VERSION_UNSUPPORTED = 7;
  STATUS_VERSION_DEPRECATED = 8;
  STATUS_METADATA_REQUIRED = 9;
  STATUS_SCHEMA_NOT_APPLIED = 10;
}
`;
