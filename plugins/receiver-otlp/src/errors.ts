import { defineErrors } from '@meterlark/core';

/** Every error of this receiver; the codes are stable. */
export const receiverErrors = defineErrors({
  METERLARK_RECEIVER_OTLP_MALFORMED: {
    class: 'permanent',
    message: 'The OTLP request is not valid protobuf: {reason} at byte {offset}, in {field}',
    cure: 'Check that the sender speaks OTLP 1.x in protobuf and that nothing on the way cuts or changes the body.',
  },
  METERLARK_RECEIVER_OTLP_MALFORMED_JSON: {
    class: 'permanent',
    message: 'The OTLP request is not valid OTLP/JSON: {reason}, at {path}',
    cure: 'Send OTLP/JSON: lowerCamelCase names, 64-bit integers as decimal strings, enums as integers, bytes as base64.',
  },
  METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS: {
    class: 'permanent',
    message: 'The OTLP request holds more than {limit} points, spans, log records, metrics, attributes and values',
    cure: 'Let the sender export smaller batches, or raise maxItemsPerRequest of receiver/otlp.',
  },
});
