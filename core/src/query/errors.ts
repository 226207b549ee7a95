import { defineErrors } from '../kernel/error.js';

export const queryErrors = defineErrors({
  METERLARK_QUERY_RANGE: {
    class: 'permanent',
    message: 'the duration has {points} points of one {step}; it must have 1 to {limit}',
    cure: 'Let the end not be before the start, and take a longer step for a longer time.',
  },
  METERLARK_QUERY_UNKNOWN_FIELD: {
    class: 'permanent',
    message: '{name} is neither a field of model calls nor a dimension that any stored call has',
    cure: 'Take one of {known}, or a dimension that the settings of analysis/virtual-genai name.',
  },
  METERLARK_QUERY_TOO_MANY_GROUPS: {
    class: 'permanent',
    message: 'the breakdown has more than {limit} groups or buckets',
    cure: 'Group by less, ask for a shorter time or a larger step, or filter.',
  },
  METERLARK_QUERY_TOO_MANY_TAGS: {
    class: 'permanent',
    message: '{count} tags in one search of traces; at most {limit} are searched for together',
    cure: 'Search for the rarest of them.',
  },
  METERLARK_QUERY_TOO_MANY_TERMS: {
    class: 'permanent',
    message: '{count} tags and keywords in one search of logs; at most {limit} are searched for together',
    cure: 'Search for the rarest of them.',
  },
  METERLARK_QUERY_PAGE_TOO_LARGE: {
    class: 'permanent',
    message: 'the logs of the page have more than {limit} characters',
    cure: 'Ask for a smaller page.',
  },
  METERLARK_QUERY_BUSY: {
    class: 'retryable',
    message: 'more than {limit} reads are waiting for the storage',
    cure: 'Try again in a moment; ask for less at once.',
  },
});
