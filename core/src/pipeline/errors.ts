import { defineErrors } from '../kernel/error.js';

export const pipelineErrors = defineErrors({
  METERLARK_PIPELINE_FULL: {
    class: 'retryable',
    message: 'the server is full and has taken nothing of this batch',
    cure: 'Send the batch again after a moment; if it lasts, the storage is away or too slow.',
  },
});
