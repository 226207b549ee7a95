import { defineErrors } from '@meterlark/core';

/** Faults of price files and of the commands on prices. */
export const pricingErrors = defineErrors({
  METERLARK_PRICING_FILE: {
    class: 'permanent',
    message: '{file}:{line}:{column}: {reason}',
    cure: 'Mend the price file; docs/pricing.md shows its form.',
  },
  METERLARK_PRICING_UNKNOWN_KEY: {
    class: 'permanent',
    message: '{file}:{line}:{column}: unknown key "{key}"',
    cure: '{hint}',
  },
  METERLARK_PRICING_UNREADABLE: {
    class: 'permanent',
    message: 'the price file or folder {path} cannot be read: {reason}',
    cure: 'Name readable YAML files, or folders of them, in pricing.files; paths are relative to the root folder.',
  },
  METERLARK_PRICING_LIMIT: {
    class: 'permanent',
    message: 'the price files hold {found} {things}, more than {limit}',
    cure: 'Leave out models that nobody calls.',
  },
  METERLARK_PRICING_BUSY: {
    class: 'retryable',
    message: 'calls are being repriced already',
    cure: 'Wait until that has ended.',
  },
  METERLARK_PRICING_USAGE: {
    class: 'permanent',
    message: '{reason}',
    cure: 'Usage: meterlark {usage}',
  },
});

/** Faults of the start. */
export const genAiErrors = defineErrors({
  METERLARK_GENAI_PRICES: {
    class: 'permanent',
    message: 'the price files have {count} fault(s)',
    cure: 'Mend the faults below; docs/pricing.md shows the form of price files.',
  },
  METERLARK_GENAI_UNKNOWN_DIMENSION: {
    class: 'permanent',
    message: 'analysis/virtual-genai: metricDimensions names "{name}", which is no dimension',
    cure: 'Name {known}, or declare it with its attributes under dimensions.',
  },
});
