/** The layer VIRTUAL_GENAI: spans of any dialect to model calls, their cost and metrics. */
import { AnalysisModule, defineProvider } from '@meterlark/core';

export default defineProvider({
  module: AnalysisModule,
  name: 'virtual-genai',
  config: {},
});
