import { defineErrors } from '@meterlark/core';

export const graphqlErrors = defineErrors({
  METERLARK_GRAPHQL_BAD_REQUEST: {
    class: 'permanent',
    message: 'the body is not a GraphQL request: {reason}',
    cure: 'Send JSON: {"query": "…", "variables": {…}, "operationName": "…"}.',
  },
  METERLARK_GRAPHQL_BAD_DURATION: {
    class: 'permanent',
    message: 'Duration data error, {which} "{value}" is not a time of step {step}',
    cure: 'Write it as {format}, in UTC.',
  },
  METERLARK_GRAPHQL_DURATION_TOO_LONG: {
    class: 'permanent',
    message: "Duration data error, the range between the start time and the end time can't exceed 500 {unit}",
    cure: 'Ask for a shorter range, or with a larger step; the end must not be before the start.',
  },
  METERLARK_GRAPHQL_NO_RANGE: {
    class: 'permanent',
    message: 'The condition must contains either queryDuration or {or}.',
    cure: 'Give a queryDuration, or the id of a trace.',
  },
  METERLARK_GRAPHQL_PAGE_TOO_DEEP: {
    class: 'permanent',
    message: 'the page ends with row {row}; pages may reach as far as row {limit}',
    cure: 'Narrow the condition, e.g. to a shorter time, or turn the order around.',
  },
  METERLARK_GRAPHQL_TRACE_CIRCLE: {
    class: 'permanent',
    message: 'the query asks for the trace of the model calls of a trace',
    cure: 'Ask for the spans beside modelCalls, not below it: they are the same.',
  },
  METERLARK_GRAPHQL_TOO_MANY_TRACES: {
    class: 'permanent',
    message: 'the request {reason}; what is beyond is left out',
    cure: 'Ask for fewer traces at once, e.g. with smaller pages.',
  },
  METERLARK_GRAPHQL_NO_LOG_ANALYZER: {
    class: 'permanent',
    message: 'no analyzer of logs runs here that could try a rule',
    cure: 'List analyzer/log in the inventory, and do not set it off.',
  },
  METERLARK_GRAPHQL_UNKNOWN_RECORDS: {
    class: 'permanent',
    message: 'there is no list of records {name}',
    cure: 'Take one of {known}.',
  },
  METERLARK_GRAPHQL_RECORDS: {
    class: 'permanent',
    message: 'the records could not be listed: {reason}',
    cure: 'Ask for 1 or more of an entity that exists.',
  },
  METERLARK_GRAPHQL_BAD_AMOUNT: {
    class: 'permanent',
    message: '{name} "{value}" is not an amount in USD',
    cure: 'Write plain decimals with at most 12 digits behind the point, e.g. "0.0025".',
  },
  METERLARK_GRAPHQL_UNKNOWN_MEASURE: {
    class: 'permanent',
    message: 'there is no measure {name}',
    cure: 'Take one of {known}.',
  },
  METERLARK_GRAPHQL_TOO_LARGE: {
    class: 'permanent',
    message: 'the query {reason}',
    cure: 'Ask in several smaller requests, or raise {setting} of endpoint/graphql.',
  },
  METERLARK_GRAPHQL_TOO_MANY_REPEATS: {
    class: 'permanent',
    message: 'the query names the same fields so often that they cannot be compared with each other',
    cure: 'Select each field once per selection, or give every use an alias of its own; an alias per use may stand thousands of times.',
  },
  METERLARK_GRAPHQL_REGEX_BUSY: {
    class: 'retryable',
    message: 'the regular expressions of this second have taken all the time that is set aside for them',
    cure: 'Ask again after a second, with fewer or shorter expressions.',
  },
  METERLARK_GRAPHQL_BAD_REGEX: {
    class: 'permanent',
    message: 'the regular expression is not usable: {reason}',
    cure: 'Give a regular expression of at most {limit} characters, without look-around and references back to a group.',
  },
});
