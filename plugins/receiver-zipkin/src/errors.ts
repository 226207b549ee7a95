import { defineErrors } from '@meterlark/core';

/** Every error of this receiver; the codes are stable. */
export const receiverErrors = defineErrors({
  METERLARK_RECEIVER_ZIPKIN_MALFORMED: {
    class: 'permanent',
    message: 'The Zipkin request is malformed at {place}: {reason}',
    cure: 'Send a list of Zipkin v2 spans, as JSON or as a ListOfSpans in protobuf with the content type application/x-protobuf.',
  },
  METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS: {
    class: 'permanent',
    message: 'The Zipkin request holds more than {limit} spans, or more tags and annotations than so many spans may have',
    cure: 'Let the sender report smaller batches, or raise maxSpansPerRequest of receiver/zipkin.',
  },
});
