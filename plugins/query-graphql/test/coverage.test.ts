import type { SignalCoverage } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { graphql } from './support.js';

const share = (count: number, missing: number, percent: number) => ({ count, missing, percent });
const row: SignalCoverage = {
  serviceId: 'ZWRnZQ==.1', service: 'edge', model: 'gpt-4o', requests: 100, tokens: 3000.0000001, missing: ['spans'], noBackend: 2, unfinished: 1, atBorder: 5,
  signals: [
    { signal: 'metrics', sent: true, requests: share(100, 0, 100), tokens: share(3000.0000001, 0, 100) },
    { signal: 'logs', sent: false, requests: share(0, 100, 0), tokens: share(0, 3000.0000001, 0) },
    { signal: 'spans', sent: true, requests: share(72, 28, 72), tokens: share(2160, 840.0000001, 72) },
  ],
  explanation: 'spans miss 28 of 100 requests (28.0 %) to gpt-4o at edge; metrics have them all.',
};
const duration = { start: '2026-01-02 0300', end: '2026-01-02 0359', step: 'MINUTE' };
const fields = `serviceId service model requests tokens missing noBackend unfinished atBorder explanation
  signals { signal sent requests { count missing percent } tokens { count missing percent } }`;

function server() {
  const made = graphql();
  made.coverage.found = [row];
  return { ...made, asked: made.coverage.asked };
}

const query = `query ($d: Duration!, $s: String, $l: Int) { signalCoverage(duration: $d, service: $s, limit: $l) { ${fields} } }`;

describe('signalCoverage', () => {
  test('shows what each signal tells of, counts as whole numbers', async () => {
    const { data, errors } = await server().ask(query, { d: duration });
    expect(errors).toBeUndefined();
    const signals = [
      { signal: 'metrics', sent: true, requests: share(100, 0, 100), tokens: share(3000, 0, 100) },
      { signal: 'logs', sent: false, requests: share(0, 100, 0), tokens: share(0, 3000, 0) },
      { signal: 'spans', sent: true, requests: share(72, 28, 72), tokens: share(2160, 840, 72) },
    ];
    expect(data.signalCoverage).toEqual([{ ...row, tokens: 3000, signals }]);
  });

  test.each<[object, object]>([
    [{}, { limit: 100 }],
    [{ s: 'edge', l: 7 }, { limit: 7, service: 'edge' }],
    [{ s: '', l: 0 }, { limit: 1 }],
    [{ s: null, l: 100_000_000 }, { limit: 10_000 }],
  ])('%j is asked as %j', async (variables, expected) => {
    const { ask, asked } = server();
    await ask(query, { d: duration, ...variables });
    expect(asked).toEqual([{ tenant: '', duration: { step: 'minute', startMs: Date.UTC(2026, 0, 2, 3), endMs: Date.UTC(2026, 0, 2, 3, 59) }, ...expected }]);
  });

  test.each([
    [{ start: '2026-01-02', end: '2026-01-02 0359', step: 'MINUTE' }, 'METERLARK_GRAPHQL_BAD_DURATION'],
    [{ start: '2025-01-02 0300', end: '2026-01-02 0359', step: 'MINUTE' }, 'METERLARK_GRAPHQL_DURATION_TOO_LONG'],
  ])('%j is refused', async (wrong, code) => {
    const { ask, asked } = server();
    const { errors } = await ask(query, { d: wrong });
    expect([errors?.[0].extensions.code, asked]).toEqual([code, []]);
  });
});
