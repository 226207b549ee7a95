/** How much of a gateway's traffic each of its signals tells of. */
import type { CoverageQuery, CoverageShare, SignalCoverage } from '@meterlark/core';
import { parsePoints, type DurationInput } from '../duration.js';

export interface CoverageServices {
  readonly coverage: CoverageQuery;
  /** Rows of one answer at most. */
  readonly maxRows: number;
}

const tenant = '';
const defaultRows = 100;

interface CoverageArguments {
  readonly duration: DurationInput;
  readonly service?: string | null;
  readonly limit?: number | null;
}

export function coverageFields({ coverage, maxRows }: CoverageServices) {
  return {
    signalCoverage: async ({ duration, service, limit }: CoverageArguments) => {
      const rows = await coverage.coverage({
        tenant, duration: parsePoints(duration), limit: Math.max(1, Math.min(limit ?? defaultRows, maxRows)),
        ...(service === undefined || service === null || service === '' ? {} : { service }),
      });
      return rows.map(coverageShown);
    },
  };
}

function coverageShown({ signals, ...row }: SignalCoverage) {
  return {
    ...row,
    requests: Math.round(row.requests),
    tokens: Math.round(row.tokens),
    signals: signals.map(({ requests, tokens, ...signal }) => ({ ...signal, requests: shareShown(requests), tokens: shareShown(tokens) })),
  };
}

/** Longs are whole; tokens come as doubles. */
function shareShown({ count, missing, percent }: CoverageShare) {
  return { count: Math.round(count), missing: Math.round(missing), percent };
}
