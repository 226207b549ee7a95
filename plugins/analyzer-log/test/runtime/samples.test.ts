import { describe, expect, it } from 'vitest';
import { ruleOf as realRule } from '../compile/kit.js';
import { batchOf, logOf, nowMs, ruleOf, sceneOf } from './scene.js';

const sample = (value: number) => ({ name: 'errors', labels: { service: 'shop' }, value, timeMs: 5 });

describe('samples of rules', () => {
  it('go on in order with their tenant, whether the log is kept or not, and also those that a rule made before it aborted', async () => {
    const rules = [
      ruleOf({}, { samples: [sample(1), sample(2)] }), ruleOf({}, { samples: [sample(3)], kept: false }), ruleOf({}, { samples: [sample(4)], aborted: true }),
    ];
    const { analyzer, samples } = await sceneOf({ rules });
    analyzer.accept(batchOf([logOf()], { tenant: 't' }));
    analyzer.accept(batchOf([logOf()], { tenant: 'u' }));
    expect(samples.taken.map(({ tenant, sample: { value } }) => `${tenant}${value}`)).toEqual(['t1', 't2', 't3', 't4', 'u1', 'u2', 'u3', 'u4']);
    expect(samples.taken[0]?.sample).toEqual(sample(1));
  });

  it('made before a rule aborts go on, those behind it are not made', async () => {
    const more = (name: string) => `metrics { name "${name}" value 1 }`;
    const { analyzer, samples, rows } = await sceneOf({ rules: [realRule(`filter { extractor { ${more('before')} abort {} ${more('behind')} } sink {} }`)] });
    analyzer.accept(batchOf([logOf()]));
    expect(samples.taken.map((each) => each.sample.name)).toEqual(['before']);
    expect(rows()).toEqual([]);
  });

  it('have the time of their rule where it can be stored, else that of the log, and their own whatever it is', async () => {
    const samplesOf = 'metrics { name "ruled" value 1 } metrics { name "own" timestamp parsed.own as Long value 1 }';
    const { analyzer, samples, rows, metrics } = await sceneOf({ rules: [realRule(`filter { json {} extractor { timestamp parsed.time as Long ${samplesOf} } sink {} }`)] });
    const times = [nowMs - 5000, 5, nowMs + 86_400_000];
    analyzer.accept(batchOf(times.map((time) => logOf({ body: JSON.stringify({ time, own: 7 }) }))));
    const of = (name: string) => samples.taken.filter((each) => each.sample.name === name).map((each) => each.sample.timeMs);
    expect([of('ruled'), of('own')]).toEqual([[nowMs - 5000, nowMs, nowMs], [7, 7, 7]]);
    expect(rows().map(({ time }) => time)).toEqual([(nowMs - 5000) * 1000, nowMs * 1000, nowMs * 1000]);
    expect(metrics.value('meterlark_log_times_refused_total')).toBe(2);
  });

  it('are all handed over, however many a batch makes', async () => {
    const { analyzer, samples } = await sceneOf({ rules: [ruleOf({}, ({ body }) => ({ samples: [sample(Number(body))] }))] });
    analyzer.accept(batchOf(Array.from({ length: 2500 }, (_, place) => logOf({ body: String(place) }))));
    expect(samples.taken.map((each) => each.sample.value)).toEqual(Array.from({ length: 2500 }, (_, place) => place));
  });

  it('are counted when nobody takes them', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ withoutSamples: true, rules: [ruleOf({}, { samples: [sample(1), sample(2)] })] });
    analyzer.accept(batchOf([logOf()]));
    expect(metrics.value('meterlark_log_samples_unwanted_total')).toBe(2);
    expect(rows()).toHaveLength(1);
  });
});
