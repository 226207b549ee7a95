/** Texts chosen to hold up everybody, asserted by what is counted and not by time. */
import { describe, expect, it } from 'vitest';
import { ruleOf } from '../compile/kit.js';
import { batchOf, logOf, sceneOf } from './scene.js';

async function patternScene(dsl: string) {
  const scene = await sceneOf({ rules: [ruleOf(dsl)] });
  const refused = (reason: string) => scene.metrics.value('meterlark_log_pattern_refused_total', { reason });
  return { ...scene, refused };
}

const costly = "filter { extractor { tag x: (log.body as String).replaceAll('a(?:[^b]*b)?','z') } sink {} }";
const hostile = (count: number) => batchOf(Array.from({ length: count }, () => logOf({ body: 'a'.repeat(4000) })));
const ordinary = (count: number) => batchOf(Array.from({ length: count }, (_, place) => logOf({
  body: `10.0.${place % 256}.7 - jane [21/Nov/2026:17:00:0${place % 10} +0000] "GET /carts/${place}?full=true HTTP/1.1" 200 ${place * 7} "-" "Mozilla/5.0 (X11; Linux)" 0.0${place % 90}`,
})));

describe('patterns', () => {
  it('are given up for the rest of a batch that took too much work; each such log is counted, and the next batch begins anew', async () => {
    const { analyzer, rows, refused, dropped, metrics } = await patternScene(costly);
    analyzer.accept(hostile(500));
    expect([rows().length, dropped('rule_failed'), metrics.value('meterlark_log_rule_failures_total', { rule: 'r' })]).toEqual([0, 500, 500]);
    expect(refused('batch')).toBeGreaterThan(490);
    expect(refused('batch') + refused('text')).toBe(500);
    analyzer.accept(batchOf([logOf({ body: 'aab' })]));
    expect(rows()).toHaveLength(1);
  });

  it('that are given up lose no log of a rule that goes on without a match, nor of one without patterns', async () => {
    const costlyMatch = 'filter { text { regexp $/(?<x>(?:a?){700}(?:a{1,2}){20}c?$)/$ abortOnFailure false } sink {} }';
    const { analyzer, rows, refused } = await patternScene(costlyMatch);
    analyzer.accept(hostile(500));
    expect(rows()).toHaveLength(500);
    expect(refused('batch')).toBeGreaterThan(490);
    const beside = await sceneOf({ rules: [ruleOf(costly), ruleOf('filter { sink {} }')] });
    beside.analyzer.accept(hostile(500));
    expect(beside.rows()).toHaveLength(500);
  });

  it.each([
    ['of access logs', String.raw`$/^(?<ip>\S+) \S+ (?<user>\S+) \[(?<at>[^\]]+)\] "(?<method>\w+) (?<path>\S+) [^"]*" (?<code>\d{3}) (?<bytes>\d+)/$`],
    ['that may begin anywhere', String.raw`$/"(?<method>[A-Z]+) (?<path>\S+) HTTP/[\d.]+" (?<code>\d{3})/$`],
    ['that look for anything first', String.raw`$/(?<before>.*)" (?<code>\d{3}) (?<rest>.*)/$`],
    ['of letters of all scripts', String.raw`$/(?<word>\p{Lu}\p{Ll}+)/$`],
  ])('%s take all of a thousand ordinary lines', async (_what, pattern) => {
    const { analyzer, rows, refused } = await patternScene(`filter { text { regexp ${pattern} } sink {} }`);
    analyzer.accept(ordinary(1000));
    expect([rows().length, refused('batch'), refused('text')]).toEqual([1000, 0, 0]);
  });
});
