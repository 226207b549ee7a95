import { ShapeTable } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { TagPlans, type TagKeys } from '../../src/runtime/tag-keys.js';

const shape = new ShapeTable(10, 10).attributes([['a', '1']]).shape;
const cuts = { value: () => undefined, name: () => undefined, parts: () => undefined };

/** Every list of keys that hangs on this one. */
function within(keys: TagKeys): readonly TagKeys[] {
  const next = [...(keys as unknown as { next: Map<string, TagKeys> }).next.values()];
  return [keys, ...next.flatMap(within)];
}

describe('keys of tags', () => {
  it('are the same object for what is added again', () => {
    const plans = new TagPlans(['b'], 10, cuts);
    const { tags } = plans.of(shape);
    expect(tags.with('b').with('c')).toBe(plans.of(shape).tags.with('b').with('c'));
    expect([tags.with('b').keys, tags.with('b').facetPlaces]).toEqual([['a', 'b'], [1]]);
  });

  it('are remembered up to a number, however many senders invent, and then begun anew', () => {
    const plans = new TagPlans([], 10, cuts, 1000);
    let greatest = 0;
    for (let first = 0; first < 30; first += 1) {
      for (let second = 0; second < 30; second += 1) {
        const { tags } = plans.of(shape);
        expect(tags.with(`k${first}`).with(`l${second}`).with('m').keys).toEqual(['a', `k${first}`, `l${second}`, 'm']);
      }
      const all = within(plans.of(shape).tags).slice(1);
      greatest = Math.max(greatest, all.reduce((sum, { keys }) => sum + keys.length, 0));
    }
    expect(greatest).toBeGreaterThan(500);
    expect(greatest).toBeLessThanOrEqual(1000);
    const again = (): TagKeys => plans.of(shape).tags.with('k');
    again();
    expect(again()).toBe(again());
  });
});
