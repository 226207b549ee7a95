/** reference table of MQE: number, expression, what its metrics hold, what comes out (see `show` of kit.ts). */
import { C, K, L, none, noLabels, P, S, series, VL, type Fixture } from './fixtures.js';

export interface Case {
  readonly number: number;
  readonly expression: string;
  readonly data: Readonly<Record<string, Fixture>>;
  readonly expected: string;
  readonly points?: number;
  /** Asks without an entity. */
  readonly global?: boolean;
}

type Row = readonly [number: number, expression: string, data: Readonly<Record<string, Fixture>>, expected: string, rest?: Partial<Case>];

const T = 'TIME_SERIES_VALUES';
const V = 'SINGLE_VALUE';
const one = '{label=1,label2=21}';
const two = '{label=2,label2=21}';
const all: Partial<Case> = { global: true };
const rank = 'top_n(a,2,asc)';
const sorted = (order: string): string => `${T} ${order}`;
const down = 'b/2b/32=107 b/2b/31=106 b/2a/32=105 b/2a/31=104 a/2b/32=103 a/2b/31=102 a/2a/32=101 a/2a/31=100'
  .split(' ')
  .map((each) => each.replace(/(.)\/(..)\/(..)=(\d+)/, '{label=$1,label2=$2,label3=$3} $4'));

const single = { a: S([1, 1]), b: S([0, 0]) };
const tops = { l1: K(1000, 100), l2: K(600, 500), l3: K(300, 2000) };
const ofTops = 'top_n(l1,9,des),top_n(l2,9,des),top_n(l3,9,des)';
const pair = { a: S(), b: S() };
const labeled = { a: L(), b: L() };

const rows: readonly Row[] = [
  [1, 'a + b', pair, `${T} 200 600`],
  [2, 'a - b', pair, `${T} 0 0`],
  [3, 'a * b', pair, `${T} 10000 90000`],
  [4, 'a / b', pair, `${T} 1 1`],
  [5, 'a % b', pair, `${T} 0 0`],
  [6, 'aggregate_labels(a, sum) + aggregate_labels(a, sum)', { a: noLabels }, T],
  [7, 'a + b', { a: L(), b: S() }, `${T} ${one} 200 600 | ${two} 201 601`],
  [8, 'a + b', labeled, `${T} ${one} 200 600 | ${two} 202 602`],
  [9, 'a - b', { a: S(), b: L() }, `${T} ${one} 0 0 | ${two} -1 -1`],
  [10, `${rank} + 1000`, { a: K() }, 'SORTED_LIST service_A=1100 service_B=1300', all],
  [11, 'a + 1000', pair, `${T} 1100 1300`],
  [12, 'a + 1000', labeled, `${T} ${one} 1100 1300 | ${two} 1101 1301`],
  [13, `1000 - ${rank}`, { a: K() }, 'SORTED_LIST service_A=900 service_B=700', all],
  [14, '1000 - a', pair, `${T} 900 700`],
  [15, '1000 - a', labeled, `${T} ${one} 900 700 | ${two} 899 699`],
  [16, 'avg(a) + avg(b)', { a: S([100, 100]), b: S([200, 200]) }, `${V} 300`],
  [17, 'avg(a) + avg(b)', { a: VL(100, 200), b: S([100]) }, `${V} ${one} 200 | ${two} 300`],
  [18, 'avg(a) + avg(b)', { a: S([100]), b: VL(100, 200) }, `${V} ${one} 200 | ${two} 300`],
  [19, 'avg(a) + avg(b)', { a: VL(100, 102), b: VL(100, 200) }, `${V} ${one} 200 | ${two} 302`],
  [20, 'a > b', { a: S([100, 200]), b: S([200, 100]) }, `${T} 0 1`],
  [21, 'a >= b', { a: S([200, 200]), b: S([200, 100]) }, `${T} 1 1`],
  [22, 'a < b', { a: S([200, 200]), b: S([200, 300]) }, `${T} 0 1`],
  [23, 'a <= b', { a: S([200, 200]), b: S([200, 100]) }, `${T} 1 0`],
  [24, 'a != b', { a: S([200, 200]), b: S([200, 100]) }, `${T} 0 1`],
  [25, 'a == b', { a: S([200, 200]), b: S([200, 100]) }, `${T} 1 0`],
  [26, 'a > b', { a: L(100, 300, 101, 200), b: S([100, 200]) }, `${T} ${one} 0 1 | ${two} 1 0`],
  [27, 'a > b', { a: L(101, 300, 100, 201), b: L(100, 300, 101, 200) }, `${T} ${one} 1 0 | ${two} 0 1`],
  [28, 'a > b', { a: S([101, 202]), b: L(100, 300, 101, 201) }, `${T} ${one} 1 0 | ${two} 0 1`],
  [29, `${rank} > 200`, { a: K() }, 'SORTED_LIST service_A=0 service_B=1', all],
  [30, 'a > 101', { a: S([100, 200]) }, `${T} 0 1`],
  [31, 'a > 101', { a: L(100, 300, 101, 200) }, `${T} ${one} 0 1 | ${two} 0 1`],
  [32, `200 > ${rank}`, { a: K() }, 'SORTED_LIST service_A=1 service_B=0', all],
  [33, '101 > a', { a: S([100, 200]) }, `${T} 1 0`],
  [34, '101 > a', { a: L(100, 200, 200, 100) }, `${T} ${one} 1 0 | ${two} 0 1`],
  [35, 'avg(a) > avg(b)', { a: S([100]), b: S([200]) }, `${V} 0`],
  [36, 'avg(a) > avg(b)', { a: VL(100, 200), b: S([100]) }, `${V} ${one} 0 | ${two} 1`],
  [37, 'avg(a) > avg(b)', { a: S([101]), b: VL(100, 200) }, `${V} ${one} 1 | ${two} 0`],
  [38, 'avg(a) > avg(b)', { a: VL(100, 202), b: VL(100, 200) }, `${V} ${one} 0 | ${two} 1`],
  [39, 'avg(a)', pair, `${V} 200`],
  [40, 'count(a)', pair, `${V} 2`],
  [41, 'sum(a)', pair, `${V} 400`],
  [42, 'latest(a)', pair, `${V} 300`],
  [43, 'max(a)', pair, `${V} 300`],
  [44, 'min(a)', pair, `${V} 100`],
  [45, 'avg(a)', labeled, `${V} ${one} 200 | ${two} 201`],
  [46, 'count(a)', labeled, `${V} ${one} 2 | ${two} 2`],
  [46, 'sum(a)', labeled, `${V} ${one} 400 | ${two} 402`],
  [46, 'latest(a)', labeled, `${V} ${one} 300 | ${two} 301`],
  [46, 'max(a)', labeled, `${V} ${one} 300 | ${two} 301`],
  [46, 'min(a)', labeled, `${V} ${one} 100 | ${two} 101`],
  [47, 'aggregate_labels(a, avg)', labeled, `${T} 100.5 300.5`],
  [48, 'aggregate_labels(a, sum(label))', labeled, `${T} {label=1} 100 300 | {label=2} 101 301`],
  [49, 'aggregate_labels(a, sum(label2))', labeled, `${T} {label2=21} 201 601`],
  [50, 'aggregate_labels(a, sum(label,label2))', labeled, `${T} ${one} 100 300 | ${two} 101 301`],
  [51, 'aggregate_labels(a, min(label2))', labeled, `${T} {label2=21} 100 300`],
  [51, 'aggregate_labels(a, max(label2))', labeled, `${T} {label2=21} 101 301`],
  [52, 'abs(a)', { a: S([-100.111, -300]) }, `${T} 100.111 300`],
  [53, 'ceil(a)', { a: S([100.111, 300.2]) }, `${T} 101 301`],
  [53, 'floor(a)', { a: S([100.111, 300.2]) }, `${T} 100 300`],
  [54, 'round(a, 2)', { a: S([100.111, 300.222]) }, `${T} 100.11 300.22`],
  [55, 'abs(a)', { a: L(-100.111, -300, -101.333, -301.666) }, `${T} ${one} 100.111 300 | ${two} 101.333 301.666`],
  [56, 'abs(top_n(a,2,des))', { a: K(-100.111, -300) }, 'SORTED_LIST service_A=100.111 service_B=300', all],
  [57, '(avg(a) > 0) && (avg(b) > 0)', single, `${V} 0`],
  [57, '(avg(a) > 0) || (avg(b) > 0)', single, `${V} 1`],
  [58, 'avg(a) > 0 && avg(b) > 0', { a: VL(1, 0), b: VL(0, 1) }, `${V} ${one} 0 | ${two} 0`],
  [58, 'avg(a) > 0 || avg(b) > 0', { a: VL(1, 0), b: VL(0, 1) }, `${V} ${one} 1 | ${two} 1`],
  [59, `top_n_of(${ofTops}, 2, des)`, tops, 'SORTED_LIST service_B=2000 service_A=1000', all],
  [60, `top_n_of(${ofTops}, 8, asc)`, tops,
    'SORTED_LIST service_B=100 service_A=300 service_B=500 service_A=600 service_A=1000 service_B=2000', all],
  [62, 'increase(a,1)', { a: S([100, 280], -1) }, `${T} 180`, { points: 1 }],
  [63, 'increase(a,1)', { a: series({ 'label=1,label2=21': [100, 280], 'label=2,label2=21': [100, 220] }, -1) },
    `${T} ${one} 180 | ${two} 120`, { points: 1 }],
  [64, 'rate(a,1)', { a: S([100, 280], -1) }, `${T} 3`, { points: 1 }],
  [65, 'rate(a,1)', { a: series({ 'label=1,label2=21': [100, 280], 'label=2,label2=21': [100, 220] }, -1) },
    `${T} ${one} 3 | ${two} 2`, { points: 1 }],
  [66, 'sort_values(a,3,des,avg)', pair, `${T} 100 300`],
  [67, 'sort_values(a,3,des,avg)', labeled, `${T} ${two} 101 301 | ${one} 100 300`],
  [68, 'sort_values(a,3,asc,avg)', labeled, `${T} ${one} 100 300 | ${two} 101 301`],
  [69, 'sort_values(a,1,des,avg)', labeled, `${T} ${two} 101 301`],
  [70, 'sort_label_values(a,des,label,label2,label3)', { a: C }, sorted(down.join(' | ')), { points: 1 }],
  [71, 'sort_label_values(a,asc,label,label2,label3)', { a: C }, sorted([...down].reverse().join(' | ')), { points: 1 }],
  [72, 'sort_label_values(a,des,label,label2,label3,label)', { a: C }, sorted(down.join(' | ')), { points: 1 }],
  [72, 'sort_label_values(a,des,label,other,label2,label3)', { a: C }, sorted(down.join(' | ')), { points: 1 }],
  [73, 'view_as_seq(a,b)', { a: none, b: S([100, 200]) }, `${T} 100 200`],
  [74, 'view_as_seq(a,a)', { a: none }, `${T} null null`],
  [75, 'service_resp_time > 3000', { service_resp_time: S([2500, 3500]) }, `${T} 0 1`],
  [76, "service_percentile{p='50,75'} / 1000", { service_percentile: P }, `${T} {p=50} 1 2 | {p=75} 2 3`],
  [77, "service_resp_time - service_percentile{p='50,75'}", { service_resp_time: S([2500, 3500]), service_percentile: P },
    `${T} {p=50} 1500 1500 | {p=75} 500 500`],
  [78, 'increase(x,2)', { x: S([1, 20, 300, 4000, 50000], -2) }, `${T} 299 3980 49700`, { points: 3 }],
  [79, 'view_as_seq(not_existing, service_cpm)', { service_cpm: S() }, `${T} 100 300`],
  [80, 'is_present(not_existing, existing_without_value, existing_with_value)',
    { existing_without_value: none, existing_with_value: S() }, `${V} 1`],
  [81, 'is_present(not_existing)', {}, `${V} 0`],
  [82, 'sort_values(x,2,des,avg)', { x: series({ 'service=api': [160, 100], 'service=web': [120, 180], 'service=auth': [80, 10] }) },
    `${T} {service=web} 120 180 | {service=api} 160 100`],
  [83, "relabels(p{p='50,75'}, p='50,75', percentile='P50,P75')", { p: P }, `${T} {percentile=P50} 1000 2000 | {percentile=P75} 2000 3000`],
  [84, "relabels(p, p='50,75', x='A')", { p: P },
    `${T} {p=50} 1000 2000 | {p=75} 2000 3000 ! Target label [p]: the number of relabel values is not equal to the number of replace label.`],
  [85, 'aggregate_labels(unlabeled_metric, sum)', { unlabeled_metric: S() },
    `${T} 100 300 ! The result of expression [unlabeled_metric] is not a labeled result.`],
  [86, 'avg(a)', { a: none }, `${V} null`],
  [86, 'sum(a)', { a: none }, `${V} 0`],
  [86, 'count(a)', { a: none }, `${V} 0`],
  [87, 'latest(5)', {}, 'UNKNOWN ! LATEST can only be used in time series result.'],
  [88, 'increase(m,0)', { m: S() }, 'UNKNOWN ! The trend range must be greater than 0.'],
  [89, 'top_n(m,0,des)', { m: K() }, 'UNKNOWN ! TopN value must be > 0.', all],
  [90, 'top_n(m,2,des) * top_n(m,2,des)', { m: K() }, 'UNKNOWN ! Unsupported binary operation: Unsupported operation.', all],
  [91, '(a > 1) && b', pair, 'UNKNOWN ! Bool Operation: The result of the right expression is not a compare result.'],
  [92, 'avg(service_sla)/100', { service_sla: S([10000, 9500, undefined]) }, `${V} 97.5`, { points: 3 }],
  [93, 'latest(cost)/1000000', { cost: S([7, 1500]) }, `${V} 0.0015`],
  [94, '0.0625', {}, `${V} 0.0625`],
  [95, 'top_n(m,3,desc)', { m: K() }, `UNKNOWN ! line 1:10 found "desc", expected 'asc' or 'des'`, all],
  [96, '1 + 2 * 3', {}, `${V} 7`],
  [97, '(1 + 2) * 3 % 4', {}, `${V} 1`],
  [98, "avg(service_percentile{p='50,75'})", { service_percentile: P }, `${V} {p=50} 1500 | {p=75} 2500`],
  [99, "service_percentile{p='50,75'} - avg(service_percentile{p='50,75'})", { service_percentile: P },
    `${T} {p=50} -500 500 | {p=75} -500 500`],
  [100, 'service_sla * 2 /100 + 500 - 50', { service_sla: S([10000]) }, `${T} 650`, { points: 1 }],
  [101, 'abs(service_sla-10300)', { service_sla: S([10000]) }, `${T} 300`, { points: 1 }],
  [102, '(service_cpm + 1) > 2 && (service_sla/100) > 95', { service_cpm: S([1, 2]), service_sla: S([10000, 9600]) }, `${T} 0 1`],
  [103, 'avg(service_cpm + 1) > 2 && avg(service_sla/100) > 95', { service_cpm: S([1, 2]), service_sla: S([10000, 9600]) }, `${V} 1`],
  [108, "relabels(relabels(m{p='50,75,90'},p='50,75',p='P50,P75'),p='90',p='P90')",
    { m: series({ 'p=50': [1, 1], 'p=75': [2, 2], 'p=90': [3, 3] }) }, `${T} {p=P50} 1 1 | {p=P75} 2 2 | {p=P90} 3 3`],
  [109, "relabels(m,p='50',p='P50')/relabels(m,p='50',p='P50')", { m: P }, `${T} {p=P50} 1 1 | {p=75} 1 1`],
  [109, "relabels(m/m,p='50',p='P50')", { m: P }, `${T} {p=P50} 1 1 | {p=75} 1 1`],
  [110, 'view_as_seq(mq_service_consume_sla, service_sla)', { mq_service_consume_sla: none, service_sla: S() }, `${T} 100 300`],
  [111, 'is_present(not_exist_meter, mq_service_consume_cpm)', { mq_service_consume_cpm: none }, `${V} 0`],
  [112, "m_old{_='0,1,2'}", { m_old: series({ '_=0': [1, 2], '_=1': [3, 4], '_=5': [5, 6] }) }, `${T} {_=0} 1 2 | {_=1} 3 4`],
  [113, 'endpoint_cpm', {}, 'UNKNOWN ! Metric: [endpoint_cpm] does not exist.'],
];

export const cases: readonly Case[] = rows.map(([number, expression, data, expected, rest]) => ({ number, expression, data, expected, ...rest }));
