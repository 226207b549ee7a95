import { expect, test } from 'vitest';
import { keptDays } from '../../src/check-settings.js';
import { documentGroup, entityGroup, groupSpecs, metricGroup, recordGroup, spanGroup } from '../../src/schema/groups.js';
import { resourceOptions } from '../../src/schema/messages.js';
import type { BanyanSettings } from '../../src/settings.js';
import { defaultSettings } from '../plain-settings.js';

const settings = { ...defaultSettings(), namespace: 'mine' };
const { groups } = settings;

function spec(name: string, from: BanyanSettings = settings) {
  const found = groupSpecs(from).get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

test('there is one group for each lifetime and kind of object', () => {
  expect([...groupSpecs(settings)].map(([name, { catalog, ttlDays }]) => `${name} ${catalog} ${ttlDays}`)).toEqual([
    'mine_metric_minute measure 8',
    'mine_metric_hour measure 31',
    'mine_metric_day measure 181',
    'mine_records_trace stream 8',
    'mine_records_call stream 91',
    'mine_records_content stream 8',
    'mine_records_log stream 8',
    'mine_spans trace 8',
    'mine_entities measure 211',
    'mine_documents property 0',
  ]);
});

test('every name that the others ask for is one of them', () => {
  const names = [metricGroup(settings, 'hour'), recordGroup(settings, 'log'), spanGroup(settings), entityGroup(settings), documentGroup(settings)];
  for (const name of names) expect(groupSpecs(settings).has(name), name).toBe(true);
});

test('shards, segments and copies are those of the settings', () => {
  const own = { ...settings, groups: { ...groups, log: { ...groups.log, shards: 4, segmentDays: 2, replicas: 1 } } };
  expect(spec('mine_records_log', own)).toMatchObject({ shards: 4, segmentDays: 2, replicas: 1, stages: [] });
});

test.each([
  [0, 0, 8, []],
  [2, 0, 2, [['warm', 6, false]]],
  [0, 3, 3, [['cold', 5, true]]],
  [
    2,
    5,
    2,
    [
      ['warm', 3, false],
      ['cold', 3, true],
    ],
  ],
])('warm from day %j and cold from day %j: the stages together keep what retention promises, and a day more for clocks that differ', (warmFromDays, coldFromDays, hotDays, expected) => {
  const own = { ...settings, groups: { ...groups, minute: { ...groups.minute, warmFromDays, coldFromDays } } };
  const { ttlDays, stages } = spec('mine_metric_minute', own);
  expect(ttlDays).toBe(hotDays);
  expect(stages.map(({ name, ttlDays: days, close }) => [name, days, close])).toEqual(expected);
  expect(stages.reduce((sum, stage) => sum + stage.ttlDays, ttlDays)).toBe(keptDays(own).minute + 1);
});

test('a question that names no stage reads all of them', () => {
  const staged = { ...settings, groups: { ...groups, minute: { ...groups.minute, warmFromDays: 2, coldFromDays: 5 } } };
  expect(resourceOptions(spec('mine_metric_minute', staged))).toMatchObject({
    defaultStages: ['hot', 'warm', 'cold'],
    stages: [
      { name: 'warm', nodeSelector: 'type=warm', shardNum: 2, segmentInterval: { num: 1, unit: 'UNIT_DAY' }, ttl: { num: 3 } },
      { name: 'cold', nodeSelector: 'type=cold' },
    ],
  });
  expect(resourceOptions(spec('mine_metric_minute')).defaultStages).toEqual([]);
});

test('properties have no lifetime, which the server would refuse', () => {
  const options = resourceOptions(spec('mine_documents'));
  expect(options).not.toHaveProperty('ttl');
  expect(options).not.toHaveProperty('segmentInterval');
});
