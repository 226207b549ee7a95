import { defineErrors } from '../kernel/error.js';

export const streamErrors = defineErrors({
  METERLARK_STREAM_MODEL_CONFLICT: {
    class: 'permanent',
    message: 'Two record models are called {model}, and they differ.',
    cure: 'Give one of them another name, or open both with the same definition.',
  },
});
