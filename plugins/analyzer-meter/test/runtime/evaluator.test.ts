import { describe, expect, test } from 'vitest';
import { plainSource } from '@meterlark/core';
import { parseExpression } from '../../src/language/mal.js';
import { Evaluator } from '../../src/runtime/evaluator.js';
import type { EvaluationSample } from '../../src/runtime/family.js';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, perSecond?: number];

function families(samples: Readonly<Record<string, readonly Sample[]>>): ReadonlyMap<string, readonly EvaluationSample[]> {
  const entry = ([labels, value, perSecond = Number.NaN]: Sample): EvaluationSample => {
    return { labels: new Map(Object.entries(labels)), value, perSecond };
  };
  return new Map(Object.entries(samples).map(([name, list]) => [name, list.map(entry)]));
}

/** Result as [labels, value]. */
function run(expression: string, samples: Readonly<Record<string, readonly Sample[]>>): unknown {
  const result = new Evaluator().evaluate(parseExpression(plainSource('test', expression)), families(samples), 120_000);
  return result.map(({ labels, value }) => [Object.fromEntries(labels), value]);
}

const x: readonly Sample[] = [[{ k: 'a' }, 4, 2], [{ k: 'b' }, 6, 0]];
const y: readonly Sample[] = [[{ k: 'a' }, 2, 1], [{ k: 'b' }, 0, 0], [{ k: 'c' }, 9, 9]];

describe('expressions that are evaluated per push', () => {
  test.each<[string, unknown]>([
    ['x + 1', [[{ k: 'a' }, 5], [{ k: 'b' }, 7]]],
    ['10 - x', [[{ k: 'a' }, 6], [{ k: 'b' }, 4]]],
    ['12 / x', [[{ k: 'a' }, 3], [{ k: 'b' }, 2]]],
    ['-x', [[{ k: 'a' }, -4], [{ k: 'b' }, -6]]],
    ['x.negative()', [[{ k: 'a' }, -4], [{ k: 'b' }, -6]]],
    ['x - y', [[{ k: 'a' }, 2], [{ k: 'b' }, 6]]],
    ['x / y', [[{ k: 'a' }, 2], [{ k: 'b' }, Number.POSITIVE_INFINITY]]],
    ['y / y', [[{ k: 'a' }, 1], [{ k: 'c' }, 1]]],
    ['x.safeDiv(y)', [[{ k: 'a' }, 2], [{ k: 'b' }, 0]]],
    ['x.div(y).multiply(3)', [[{ k: 'a' }, 6], [{ k: 'b' }, Number.POSITIVE_INFINITY]]],
    ['x.plus(y).minus(1)', [[{ k: 'a' }, 5], [{ k: 'b' }, 5]]],
    ['x + none', [[{ k: 'a' }, 4], [{ k: 'b' }, 6]]],
    ['none - x', [[{ k: 'a' }, -4], [{ k: 'b' }, -6]]],
    ['x - none', [[{ k: 'a' }, 4], [{ k: 'b' }, 6]]],
    ['x * none', []],
    ['none / x', []],
    ['x / none', [[{ k: 'a' }, Number.POSITIVE_INFINITY], [{ k: 'b' }, Number.POSITIVE_INFINITY]]],
    ['x.safeDiv(none)', []],
    ['y.sum()', [[{}, 11]]],
    ["y.avg(['z'])", [[{ z: '' }, 11 / 3]]],
    ["y.max(['k'])", [[{ k: 'a' }, 2], [{ k: 'b' }, 0], [{ k: 'c' }, 9]]],
    ['y.min()', [[{}, 0]]],
    ['y.count()', [[{}, 3]]],
    ["y.count(['k'])", [[{}, 3]]],
    ["y.count(['z'])", []],
    ['none.count()', []],
    ["x.tagEqual('k', 'a')", [[{ k: 'a' }, 4]]],
    ["x.tagNotMatch('k', 'a|c')", [[{ k: 'b' }, 6]]],
    ["x.tag({ tags -> tags.k = 'z' }).sum(['k'])", [[{ k: 'z' }, 10]]],
    ['y.valueGreater(1)', [[{ k: 'a' }, 2], [{ k: 'c' }, 9]]],
    ["x.increase('PT1M')", [[{ k: 'a' }, 120], [{ k: 'b' }, 0]]],
    ["x.sum().rate('PT5M')", [[{}, 2]]],
    ['x.irate().max()', [[{}, 2]]],
    ["x.sum().increase('PT1M') / y.sum()", [[{}, 120 / 11]]],
    ['time() - x', [[{ k: 'a' }, 116], [{ k: 'b' }, 114]]],
    ["x.max(['k']).service(['k'], Layer.GENERAL).downsampling(MAX)", [[{ k: 'a' }, 4], [{ k: 'b' }, 6]]],
  ])('%s', (expression, expected) => {
    expect(run(expression, { x, y })).toEqual(expected);
  });

  test('increases that are not known yet are left out', () => {
    expect(run("x.increase('PT1M')", { x: [[{ k: 'a' }, 5], [{ k: 'b' }, 5, 1]] })).toEqual([[{ k: 'b' }, 60]]);
  });
});
