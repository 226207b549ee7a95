import { defineErrors } from '@meterlark/core';

export const zipkinErrors = defineErrors({
  METERLARK_ZIPKIN_BAD_PARAMETER: {
    class: 'permanent',
    message: '{name} "{value}" is not {expected}',
    cure: 'See the Zipkin v2 API: durations in microseconds, endTs and lookback in milliseconds.',
  },
  METERLARK_ZIPKIN_DUPLICATE_ID: {
    class: 'permanent',
    message: 'the trace id {id} is named twice',
    cure: 'Name every trace once in traceIds.',
  },
});
