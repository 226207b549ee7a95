import { describe, expect, it } from 'vitest';
import { batchOf, logOf, ruleOf, sceneOf } from './scene.js';

const sample = (value: number) => ({ name: 'errors', labels: { service: 'shop' }, value, timeMs: 5 });

describe('samples of rules', () => {
  it('go on in order with their tenant, whether the log is kept or not, but not of a rule that aborts', async () => {
    const rules = [
      ruleOf({}, { samples: [sample(1), sample(2)] }), ruleOf({}, { samples: [sample(3)], kept: false }), ruleOf({}, { samples: [sample(4)], aborted: true }),
    ];
    const { analyzer, samples } = await sceneOf({ rules });
    analyzer.accept(batchOf([logOf()], { tenant: 't' }));
    analyzer.accept(batchOf([logOf()], { tenant: 'u' }));
    expect(samples.taken.map(({ tenant, sample: { value } }) => `${tenant}${value}`)).toEqual(['t1', 't2', 't3', 'u1', 'u2', 'u3']);
    expect(samples.taken[0]?.sample).toEqual(sample(1));
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
