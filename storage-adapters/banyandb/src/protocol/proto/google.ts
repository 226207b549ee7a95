/** The well-known types that BanyanDB's messages use. */
export const googleProto = `
syntax = "proto3";
package google.protobuf;

enum NullValue { NULL_VALUE = 0; }
// nanos is 0 to 999999999, also before 1970.
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
`;
