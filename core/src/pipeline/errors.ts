import { defineErrors } from '../kernel/error.js';

export const pipelineErrors = defineErrors({
  METERLARK_PIPELINE_FULL: {
    class: 'retryable',
    message: 'the server is full and has taken nothing of this batch',
    cure: 'Send the batch again after a moment; if it lasts, the storage is away or too slow.',
  },
  METERLARK_PIPELINE_MASK_CHECK_USAGE: {
    class: 'permanent',
    message: 'mask check takes --days with a whole number from 1 to {maxDays} and --tenant with a name, and nothing else',
    cure: 'Write meterlark mask check, or meterlark mask check --days 7.',
  },
});
