import { describe, expect, it } from 'vitest';
import type { LogInput, LogRule } from '../../src/plan.js';
import { aborted, batchOf, logOf, of, ruleOf, sceneOf } from './scene.js';

/** Rules that note being asked, with the layer they were told. */
function asked() {
  const calls: string[] = [];
  const note = (name: string, layer: string, says = {}): LogRule =>
    ruleOf({ name, layer }, (input: LogInput) => { calls.push(`${name}(${input.layer})`); return says; });
  return { calls, note };
}

describe('the rules of a log', () => {
  it('are those of the layer that the sender says', async () => {
    const { calls, note } = asked();
    const { analyzer, rows } = await sceneOf({ rules: [note('general', 'GENERAL'), note('nginx', 'NGINX'), note('auto', 'auto')] });
    analyzer.accept(batchOf([logOf()], of('NGINX')));
    expect(calls).toEqual(['nginx(NGINX)']);
    expect(rows().map(({ layer }) => layer)).toEqual(['NGINX']);
  });

  it.each(['WHATEVER', 'VIRTUAL_GENAI', 'nginx', 'toString'])('are those of GENERAL when the layer is none a service can be in (%s)', async (layer) => {
    const { calls, note } = asked();
    const { analyzer, rows, entities } = await sceneOf({ rules: [note('general', 'GENERAL'), note('nginx', 'NGINX')] });
    analyzer.accept(batchOf([logOf()], of(layer)));
    expect(calls).toEqual(['general(GENERAL)']);
    expect(rows().map((row) => row['layer'])).toEqual(['GENERAL']);
    expect(entities()).toEqual(['Service shop GENERAL']);
  });

  it('are those of GENERAL when the layer has none, and the layer stays', async () => {
    const { calls, note } = asked();
    const { analyzer, rows, entities } = await sceneOf({ rules: [note('general', 'GENERAL')] });
    analyzer.accept(batchOf([logOf()], of('K8S_SERVICE')));
    expect(calls).toEqual(['general(K8S_SERVICE)']);
    expect(rows().map(({ layer }) => layer)).toEqual(['K8S_SERVICE']);
    expect(entities()).toEqual(['Service shop K8S_SERVICE']);
  });

  it('know layers that rule files define', async () => {
    const { calls, note } = asked();
    const { analyzer, rows } = await sceneOf({ rules: [note('mine', 'MY_LAYER'), note('general', 'GENERAL')], layers: ['MY_LAYER'] });
    analyzer.accept(batchOf([logOf()], of('MY_LAYER')));
    expect(calls).toEqual(['mine(MY_LAYER)']);
    expect(rows()[0]?.['layer']).toBe('MY_LAYER');
  });

  it('that need messages nobody brings are not run: their layer has none', async () => {
    const { calls, note } = asked();
    const mesh = { ...note('mesh', 'MESH'), runs: false };
    const { analyzer } = await sceneOf({ rules: [mesh, note('general', 'GENERAL')] });
    analyzer.accept(batchOf([logOf()], of('MESH')));
    expect(calls).toEqual(['general(MESH)']);
  });

  it('that are loaded later hold from then on, for senders that are known already, too', async () => {
    const { calls, note } = asked();
    const { analyzer } = await sceneOf({ rules: [note('general', 'GENERAL')] });
    const sender = of('NGINX');
    analyzer.accept(batchOf([logOf()], sender));
    analyzer.book.replace([note('general', 'GENERAL'), note('nginx', 'NGINX')], []);
    analyzer.accept(batchOf([logOf()], sender));
    expect(calls).toEqual(['general(NGINX)', 'nginx(NGINX)']);
  });

  it('may be none at all: the log is dropped and counted, its sender listed', async () => {
    const { analyzer, rows, dropped, entities } = await sceneOf({ rules: [] });
    expect(analyzer.accept(batchOf([logOf()])).rejected).toBe(0);
    expect(rows()).toEqual([]);
    expect(dropped('no_rule')).toBe(1);
    expect(entities()).toEqual(['Service shop GENERAL', 'ServiceInstance shop-1 GENERAL']);
  });
});

describe('a log without a layer', () => {
  it('goes to the auto rules, and is kept in the layer that one sets', async () => {
    const { calls, note } = asked();
    const rules = [note('no', 'auto', aborted), note('ios', 'auto', { layer: 'IOS' }), note('general', 'GENERAL')];
    const { analyzer, rows, entities } = await sceneOf({ rules });
    analyzer.accept(batchOf([logOf()]));
    expect(calls).toEqual(['no()', 'ios()']);
    expect(rows().map(({ layer }) => layer)).toEqual(['IOS']);
    expect(entities()).toEqual(['Service shop IOS', 'ServiceInstance shop-1 IOS']);
  });

  it('goes to the rules of GENERAL when every auto rule aborts', async () => {
    const { calls, note } = asked();
    const { analyzer, rows } = await sceneOf({ rules: [note('a', 'auto', aborted), note('b', 'auto', aborted), note('general', 'GENERAL')] });
    analyzer.accept(batchOf([logOf()]));
    expect(calls).toEqual(['a()', 'b()', 'general()']);
    expect(rows().map(({ layer }) => layer)).toEqual(['GENERAL']);
  });

  it('goes to the rules of GENERAL when an auto rule fails', async () => {
    const { calls, note } = asked();
    const broken = ruleOf({ name: 'broken', layer: 'auto' }, () => { throw new Error('no'); });
    const { analyzer, rows, metrics } = await sceneOf({ rules: [broken, note('general', 'GENERAL')] });
    analyzer.accept(batchOf([logOf()]));
    expect(calls).toEqual(['general()']);
    expect(rows()).toHaveLength(1);
    expect(metrics.value('meterlark_log_rule_failures_total', { rule: 'broken' })).toBe(1);
  });

  it('that an auto rule takes without setting a layer is dropped and counted, its sender listed', async () => {
    const { calls, note } = asked();
    const { analyzer, rows, dropped, entities } = await sceneOf({ rules: [note('a', 'auto'), note('general', 'GENERAL')] });
    analyzer.accept(batchOf([logOf()]));
    expect(calls).toEqual(['a()']);
    expect(rows()).toEqual([]);
    expect(dropped('no_layer')).toBe(1);
    expect(entities()).toContain('Service shop GENERAL');
  });

  it('that an auto rule takes and samples away is no other rule\'s', async () => {
    const { analyzer, rows, dropped } = await sceneOf({ rules: [ruleOf({ layer: 'auto' }, { kept: false }), ruleOf()] });
    analyzer.accept(batchOf([logOf()]));
    expect(rows()).toEqual([]);
    expect(dropped('sampled')).toBe(1);
  });

  it('is kept in GENERAL when the rule sets what is no layer', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({ layer: 'auto' }, { layer: 'NONSENSE' })] });
    analyzer.accept(batchOf([logOf()]));
    expect(rows().map(({ layer }) => layer)).toEqual(['GENERAL']);
  });
});

describe('each rule', () => {
  it('runs by itself: one that fails is counted and told of once an hour, and drops nothing of the others', async () => {
    const broken = ruleOf({ name: 'broken', file: 'b.yaml' }, () => { throw new Error('no number'); });
    const { analyzer, rows, metrics, logger, clock } = await sceneOf({ rules: [broken, ruleOf({ name: 'fine' })] });
    analyzer.accept(batchOf([logOf(), logOf()]));
    expect(rows()).toHaveLength(2);
    expect(metrics.value('meterlark_log_rule_failures_total', { rule: 'broken' })).toBe(2);
    const warnings = () => logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => [fields['rule'], fields['file'], fields['failuresSince']]);
    expect(warnings()).toEqual([['broken', 'b.yaml', 0]]);
    clock.advance(3_600_000);
    analyzer.accept(batchOf([logOf({ timeUs: clock.now() * 1000 })]));
    expect(warnings()).toEqual([['broken', 'b.yaml', 0], ['broken', 'b.yaml', 1]]);
  });

  it.each([
    ['rule_failed', [() => { throw new Error('no'); }, aborted, { kept: false }]],
    ['sampled', [aborted, { kept: false }]],
    ['aborted', [aborted, aborted]],
  ] as const)('drops, and one reason is counted for a log that none keeps: %s', async (reason, says) => {
    const { analyzer, rows, dropped, metrics, entities } = await sceneOf({ rules: says.map((each) => ruleOf({}, each)) });
    expect(analyzer.accept(batchOf([logOf()]))).toEqual({ rejected: 0, reason: '' });
    expect(rows()).toEqual([]);
    expect(['rule_failed', 'sampled', 'aborted'].map(dropped).reduce((sum, count) => sum + count)).toBe(1);
    expect(dropped(reason)).toBe(1);
    expect(metrics.value('meterlark_log_kept_total')).toBe(0);
    expect(entities()).toEqual(['Service shop GENERAL', 'ServiceInstance shop-1 GENERAL']);
  });
});
