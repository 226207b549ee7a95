/** Hot path: the tags of a row, of the log and of the rule that keeps it, in arrays that are used again. */
import { attributeText, boundedName, boundedText, type CutEvents, type FacetSet, type Log, type RecordMap, type TextLimits } from '@meterlark/core';
import type { RuleOutcome } from '../plan.js';
import { levelTag } from './current-log.js';
import { TagPlans, type TagKeys } from './tag-keys.js';

interface MutableMap {
  keys: readonly string[];
  readonly values: string[];
}

const noKeys: readonly string[] = [];

export class StoredTags {
  private readonly plans: TagPlans;
  private readonly map: MutableMap = { keys: noKeys, values: [] };
  private current: TagKeys;

  constructor(
    searchableTags: readonly string[],
    private readonly limits: TextLimits,
    private readonly cuts: CutEvents,
  ) {
    this.plans = new TagPlans(searchableTags, limits.maxAttributes, cuts);
    this.current = this.plans.ofSet(noKeys, noKeys).tags;
  }

  /** Of the last log that was filled in; read at once. */
  get tags(): RecordMap {
    return this.map;
  }

  /** Tells the tenant's lists the values that are offered for completion. "-" is no value. */
  offer(lists: readonly FacetSet[], hour: number): void {
    const { facetPlaces, facetLists } = this.current;
    for (let index = 0; index < facetPlaces.length; index += 1) {
      const value = this.map.values[facetPlaces[index] ?? 0] ?? '';
      if (value !== '' && value !== '-') lists[facetLists[index] ?? 0]?.see(value, hour);
    }
  }

  fill({ attributes, severity }: Log, outcome: RuleOutcome): void {
    const { values } = this.map;
    const set = attributes.values.includes(undefined) ? attributes.values.filter((value) => value !== undefined) : attributes.values;
    const plan = set === attributes.values ? this.plans.of(attributes.shape) : this.plans.ofSet(attributes.shape.keys, attributes.values);
    if (plan.over > 0) this.cuts.parts(plan.over);
    const count = plan.tags.keys.length;
    values.length = count;
    for (let place = 0; place < count; place += 1) {
      const raw = set[place];
      values[place] = this.bounded(typeof raw === 'string' ? raw : attributeText(raw));
    }
    this.current = plan.tags;
    if (severity !== '') this.add(levelTag, severity);
    for (const [key, value] of outcome.tags) this.put(key, value);
    this.map.keys = this.current.keys;
  }

  /** Unless there is one of this key that says something. */
  private add(key: string, value: string): void {
    const place = this.current.placeOf(key);
    if (place < 0 || this.map.values[place] === '') this.put(key, value);
  }

  /** In place of one of this key. One without key or value is none, as for SkyWalking. */
  private put(key: string, value: string): void {
    if (key === '' || value === '') return;
    const name = boundedName(key, this.cuts.name);
    const place = this.current.placeOf(name);
    if (place < 0) this.current = this.current.with(name);
    this.map.values[place < 0 ? this.current.keys.length - 1 : place] = this.bounded(value);
  }

  private bounded(text: string): string {
    return boundedText(text, this.limits.maxValueBytes, this.cuts.value);
  }
}
