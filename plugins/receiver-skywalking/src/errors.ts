import { defineErrors } from '@meterlark/core';

/** Every error of this receiver; the codes are stable. */
export const receiverErrors = defineErrors({
  METERLARK_RECEIVER_SKYWALKING_MALFORMED: {
    class: 'permanent',
    message: 'The {message} is not valid protobuf: {reason} at byte {offset}',
    cure: "Check that the sender speaks SkyWalking's native protocol 3 and that nothing on the way cuts or changes its messages.",
  },
  METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON: {
    class: 'permanent',
    message: 'The {message} is not valid JSON of its protobuf message: {reason}, at {path}',
    cure: 'Send the names of the protobuf fields in lowerCamelCase, 64-bit integers as numbers or decimal strings, enums by name or number.',
  },
  METERLARK_RECEIVER_SKYWALKING_TOO_MANY_ITEMS: {
    class: 'permanent',
    message: 'The {message} holds more than {limit} spans, references, tags, logs, meters and labels',
    cure: 'Let the agent send smaller messages, or raise maxItemsPerMessage of receiver/skywalking.',
  },
  METERLARK_RECEIVER_SKYWALKING_UNUSABLE: {
    class: 'permanent',
    message: 'The {message} cannot be used: {reason}',
    cure: 'Correct what the sender reports; names have at most 1024 characters, and ids, service and times must be there.',
  },
});
