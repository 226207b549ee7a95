import { describe, expect, it } from 'vitest';
import { ruleOf } from '../compile/kit.js';
import { batchOf, logOf, sceneOf } from './scene.js';

const keepYaml = 'filter { yaml {} sink {} }';

async function yamlScene(dsl = keepYaml) {
  const scene = await sceneOf({ rules: [ruleOf(dsl)] });
  const refused = (reason: string) => scene.metrics.value('meterlark_log_yaml_refused_total', { reason });
  return { ...scene, refused };
}

describe('bodies of YAML', () => {
  it('longer than 4,096 characters are not read, and counted', async () => {
    const { analyzer, rows, refused, dropped } = await yamlScene();
    const bodies = ['a: '.padEnd(4096, 'x'), 'a: '.padEnd(4097, 'x'), `a: ${'x'.repeat(100_000)}`];
    analyzer.accept(batchOf(bodies.map((body) => logOf({ body }))));
    expect(rows().map(({ body }) => (body as string).length)).toEqual([4096]);
    expect([refused('too_long'), refused('batch'), dropped('aborted')]).toEqual([2, 0, 2]);
  });

  it('are read in a batch as long as their structure is not too much, and in the next batch again', async () => {
    const { analyzer, rows, refused } = await yamlScene();
    const body = (log: number) => Array.from({ length: 500 }, (_, key) => `k${key.toString(36)}:`).join('\n') + ` ${log}`;
    const batch = (from: number) => batchOf(Array.from({ length: 20 }, (_, place) => logOf({ body: body(from + place) })));
    analyzer.accept(batch(0));
    expect(rows()).toHaveLength(7);
    analyzer.accept(batch(100));
    expect(rows()).toHaveLength(14);
    expect([refused('batch'), refused('too_long')]).toEqual([26, 0]);
  });

  it('of long texts are read in a batch up to a length', async () => {
    const { analyzer, rows, refused } = await yamlScene();
    analyzer.accept(batchOf(Array.from({ length: 200 }, (_, place) => logOf({ body: `a${place}: ${'word '.repeat(800)}` }))));
    expect(rows()).toHaveLength(128);
    expect(refused('batch')).toBe(72);
  });

  it('of ordinary logs are all read, a thousand in one batch', async () => {
    const { analyzer, rows, refused } = await yamlScene();
    analyzer.accept(batchOf(Array.from({ length: 1000 }, (_, place) => logOf({ body: `level: info\nmessage: order ${place} was paid\nuser: u${place}\n` }))));
    expect([rows().length, refused('batch')]).toEqual([1000, 0]);
  });

  it('that are not read are kept where the rule goes on', async () => {
    const { analyzer, rows } = await yamlScene('filter { yaml { abortOnFailure false } sink {} }');
    analyzer.accept(batchOf([logOf({ body: 'a: '.padEnd(5000, 'x') })]));
    expect(rows().map((row) => row['content_type'])).toEqual(['text']);
  });
});
