/** What MAL's functions take. */

export type ArgumentKind =
  | 'string'
  | 'strings'
  | 'number'
  | 'numbers'
  | 'operand'
  | 'closure'
  | 'closure2'
  | 'duration'
  | 'layer'
  | 'DetectPoint'
  | 'TimeUnit'
  | 'K8sRetagType'
  | 'downsampling';

export interface Signature {
  /** Accepted argument lists. */
  readonly forms: readonly (readonly ArgumentKind[])[];
  /** The one form may be repeated (`tagEqual(k, v, k, v)`). */
  readonly repeats?: boolean;
  /** As people should write it. */
  readonly shown: string;
}

const pairs = (name: string): [string, Signature] => [
  name,
  { forms: [['string', 'string']], repeats: true, shown: `${name}('label', 'value', …)` },
];
const compare = (name: string): [string, Signature] => [name, { forms: [['number']], shown: `${name}(1)` }];
const aggregate = (name: string): [string, Signature] => [
  name,
  { forms: [[], ['strings']], shown: `${name}(['label', …])` },
];
const operand = (name: string): [string, Signature] => [
  name,
  { forms: [['operand']], shown: `${name}(metric or number)` },
];
const window = (name: string): [string, Signature] => [name, { forms: [['duration']], shown: `${name}('PT1M')` }];
const none = (name: string): [string, Signature] => [name, { forms: [[]], shown: `${name}()` }];

export const methodSignatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...['tagEqual', 'tagNotEqual', 'tagMatch', 'tagNotMatch'].map(pairs),
  ...['valueEqual', 'valueNotEqual', 'valueGreater', 'valueGreaterEqual', 'valueLess', 'valueLessEqual'].map(compare),
  ...['sum', 'avg', 'max', 'min', 'count'].map(aggregate),
  ...['plus', 'minus', 'multiply', 'div', 'safeDiv'].map(operand),
  ...['increase', 'rate'].map(window),
  ...['irate', 'negative', 'debugDump'].map(none),
  ['filter', { forms: [['closure']], shown: "filter({ tags -> tags.key == 'value' })" }],
  ['tag', { forms: [['closure']], shown: "tag({ tags -> tags.key = 'value' })" }],
  ['decorate', { forms: [['closure']], shown: "decorate({ me -> me.attr0 = 'value' })" }],
  ['forEach', { forms: [['strings', 'closure2']], shown: "forEach(['a', 'b'], { element, tags -> … })" }],
  [
    'retagByK8sMeta',
    {
      forms: [['string', 'K8sRetagType', 'string', 'string']],
      shown: "retagByK8sMeta('service', K8sRetagType.Pod2Service, 'pod', 'namespace')",
    },
  ],
  ['histogram', { forms: [[], ['string'], ['string', 'TimeUnit']], shown: "histogram('le', TimeUnit.SECONDS)" }],
  ['histogram_percentile', { forms: [['numbers']], shown: 'histogram_percentile([50, 90, 99])' }],
  ['downsampling', { forms: [['downsampling']], shown: 'downsampling(AVG), SUM, SUM_PER_MIN, MAX, MIN or LATEST' }],
  [
    'service',
    {
      forms: [
        ['strings', 'layer'],
        ['strings', 'string', 'layer'],
      ],
      shown: "service(['service'], Layer.GENERAL)",
    },
  ],
  [
    'instance',
    {
      forms: [
        ['strings', 'strings', 'layer'],
        ['strings', 'string', 'strings', 'string', 'layer'],
        ['strings', 'string', 'strings', 'string', 'layer', 'closure'],
      ],
      shown: "instance(['service'], ['instance'], Layer.GENERAL)",
    },
  ],
  [
    'endpoint',
    {
      forms: [
        ['strings', 'strings', 'layer'],
        ['strings', 'strings', 'string', 'layer'],
      ],
      shown: "endpoint(['service'], ['endpoint'], Layer.GENERAL)",
    },
  ],
  [
    'process',
    {
      forms: [['strings', 'strings', 'strings', 'string']],
      shown: "process(['service'], ['instance'], ['process'], 'layer')",
    },
  ],
  [
    'serviceRelation',
    {
      forms: [
        ['DetectPoint', 'strings', 'strings', 'layer'],
        ['DetectPoint', 'strings', 'strings', 'string', 'layer'],
        ['DetectPoint', 'strings', 'strings', 'string', 'layer', 'string'],
      ],
      shown: "serviceRelation(DetectPoint.CLIENT, ['source'], ['destination'], Layer.MESH)",
    },
  ],
  [
    'serviceInstanceRelation',
    {
      forms: [
        ['DetectPoint', 'strings', 'strings', 'strings', 'strings', 'layer'],
        ['DetectPoint', 'strings', 'strings', 'strings', 'strings', 'string', 'layer'],
        ['DetectPoint', 'strings', 'strings', 'strings', 'strings', 'string', 'layer', 'string'],
      ],
      shown:
        "serviceInstanceRelation(DetectPoint.CLIENT, ['service'], ['instance'], ['service'], ['instance'], Layer.MESH)",
    },
  ],
  [
    'processRelation',
    {
      forms: [['string', 'strings', 'strings', 'string', 'string', 'string']],
      shown: "processRelation('side', ['service'], ['instance'], 'source', 'destination', 'component')",
    },
  ],
]);

export const functionSignatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ['time', { forms: [[]], shown: 'time()' }],
]);

export const scopeFunctions: ReadonlySet<string> = new Set([
  'service',
  'instance',
  'endpoint',
  'process',
  'serviceRelation',
  'serviceInstanceRelation',
  'processRelation',
]);

/** Links of a chain that say something about the metric and nothing about its value. */
export const markers: ReadonlySet<string> = new Set([...scopeFunctions, 'downsampling', 'decorate', 'debugDump']);

export const timeUnitsInMs: ReadonlyMap<string, number> = new Map([
  ['NANOSECONDS', 1e-6],
  ['MICROSECONDS', 1e-3],
  ['MILLISECONDS', 1],
  ['SECONDS', 1000],
  ['MINUTES', 60_000],
  ['HOURS', 3_600_000],
  ['DAYS', 86_400_000],
]);

/** Members of the enumerations that arguments name; downsampling's are written bare. */
export const enumMembers: Readonly<Record<'DetectPoint' | 'TimeUnit' | 'K8sRetagType', ReadonlySet<string>>> = {
  DetectPoint: new Set(['CLIENT', 'SERVER', 'PROXY']),
  TimeUnit: new Set(timeUnitsInMs.keys()),
  K8sRetagType: new Set(['Pod2Service']),
};

export type Downsampling = 'AVG' | 'SUM' | 'SUM_PER_MIN' | 'MAX' | 'MIN' | 'LATEST';
export const downsamplings: ReadonlyMap<string, Downsampling> = new Map<string, Downsampling>([
  ['AVG', 'AVG'],
  ['MEAN', 'AVG'],
  ['SUM', 'SUM'],
  ['SUM_PER_MIN', 'SUM_PER_MIN'],
  ['MAX', 'MAX'],
  ['MIN', 'MIN'],
  ['LATEST', 'LATEST'],
]);
