import { defineErrors } from '@meterlark/core';

export const logqlErrors = defineErrors({
  METERLARK_LOGQL_BAD_PARAMETER: {
    class: 'permanent',
    message: '{name} "{value}" is not {expected}',
    cure: 'Write times in nanoseconds, seconds or RFC 3339, steps in seconds or as 5m, direction as forward or backward.',
  },
  METERLARK_LOGQL_MISSING_PARAMETER: {
    class: 'permanent',
    message: 'the parameter {name} is missing',
    cure: 'Give it in the query string.',
  },
  METERLARK_LOGQL_UNSUPPORTED: {
    class: 'permanent',
    message: 'query:{line}:{column}: {what} is not supported here',
    cure: 'Select with label="value", filter lines with |= and !=, count with count_over_time or rate and sum by.',
  },
  METERLARK_LOGQL_NOT_INSTANT: {
    class: 'permanent',
    message: 'log queries are not supported as an instant query type, please change your query to a range query type',
    cure: 'Ask /loki/api/v1/query_range.',
  },
  METERLARK_LOGQL_TOO_MANY_POINTS: {
    class: 'permanent',
    message: 'the query has {count} points in time or values; at most {limit} are answered',
    cure: 'Ask for a shorter time, or with a longer step; group by fewer labels.',
  },
});
