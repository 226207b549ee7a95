import { defineErrors } from '@meterlark/core';

export const memoryErrors = defineErrors({
  METERLARK_STORAGE_MEMORY_NO_MODEL: {
    class: 'permanent',
    message: 'The record model {model} was never installed.',
    cure: 'Install the model with storage.SchemaInstaller before rows of it are written or read.',
  },
});
