/** What the metrics of the agent's calls must say, computed from the runs alone. */
import type { Subject } from '../client.js';
import { averaged, counted, type Expectation } from '../expected.js';
import type { Comparison } from '../report.js';
import { models } from './models.js';
import { costOf, modelOf, providerOf } from './prices.js';
import { callsOf, type AgentCall, type AgentRun } from './runs.js';

export interface TimedCall {
  readonly timeMs: number;
  readonly call: AgentCall;
  readonly run: AgentRun;
}

export function timedCalls(runs: readonly AgentRun[]): TimedCall[] {
  return runs.flatMap((run) => callsOf(run).map((call) => ({ timeMs: call.startMs, call, run })));
}

type Reading = (event: TimedCall) => number | undefined;

const cost: Reading = ({ call }) => {
  const picodollars = costOf(call);
  return picodollars === undefined ? undefined : Number(picodollars) / 1e6;
};
const input: Reading = ({ call }) => call.usage?.input;
const output: Reading = ({ call }) => call.usage?.output;
const cached: Reading = ({ call }) => call.usage?.cacheRead;
const duration: Reading = ({ call }) => call.durationMs;
const firstToken: Reading = ({ call }) => call.firstTokenMs;
const succeeded: Reading = ({ call }) => (call.failed === undefined ? 10_000 : 0);

const known = (events: readonly TimedCall[], read: Reading): number[] => events.map(read).filter((value) => value !== undefined);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const sum = (read: Reading) => (events: readonly TimedCall[]) => total(known(events, read));
/** Without a single value there is no sum: what is not known is not 0. */
const knownSum = (read: Reading) => (events: readonly TimedCall[]) => (known(events, read).length === 0 ? undefined : sum(read)(events));
const mean = (read: Reading) => (events: readonly TimedCall[]) => {
  const values = known(events, read);
  return values.length === 0 ? undefined : total(values) / values.length;
};
/** Calls that do not tell the part have none of it. */
const share = (part: Reading, whole: Reading) => (events: readonly TimedCall[]) => {
  const all = sum(whole)(events);
  return all === 0 ? undefined : (sum(part)(events) / all) * 100;
};
const isUnpriced = (event: TimedCall): boolean => event.call.usage !== undefined && cost(event) === undefined;
const unpriced = (events: readonly TimedCall[]): number => events.filter(isUnpriced).length;

type CallExpectation = Expectation<TimedCall>;
const row = (title: string, unit: string, expression: string, of: CallExpectation['of']) => ({ title, unit, expression, of });
const money = { rounded: false, zeroMayBeAbsent: false };

function ofProvider(prefix: string, cpm: string, time: string): CallExpectation[] {
  return [
    { ...row('calls', 'calls/min', `${prefix}_${cpm}`, (events) => events.length), ...counted },
    { ...row('successful calls', '1/100 %', `${prefix}_sla`, mean(succeeded)), ...averaged },
    { ...row('mean latency', 'ms', `${prefix}_${time}`, mean(duration)), ...averaged },
    { ...row('mean time to first token', 'ms', `${prefix}_ttft_avg`, mean(firstToken)), ...averaged },
    { ...row('input tokens', 'tokens/min', `${prefix}_input_tokens_sum`, sum(input)), ...counted },
    { ...row('input tokens a call', 'tokens', `${prefix}_input_tokens_avg`, mean(input)), ...averaged },
    { ...row('output tokens', 'tokens/min', `${prefix}_output_tokens_sum`, sum(output)), ...counted },
    { ...row('output tokens a call', 'tokens', `${prefix}_output_tokens_avg`, mean(output)), ...averaged },
    { ...row('cost', 'µUSD/min', `${prefix}_total_estimated_cost`, knownSum(cost)), ...money },
    { ...row('cost a call', 'µUSD', `${prefix}_avg_estimated_cost`, mean(cost)), ...money },
    { ...row('cached input', '%', `${prefix}_cached_token_share`, share(cached, input)), ...money },
  ];
}

const ofCaller: readonly CallExpectation[] = [
  { ...row('model calls', 'calls/min', 'gen_ai_caller_calls_cpm', (events) => events.length), ...counted },
  { ...row('successful model calls', '1/100 %', 'gen_ai_caller_sla', mean(succeeded)), ...averaged },
  { ...row('cost', 'µUSD/min', 'gen_ai_caller_cost', knownSum(cost)), ...money },
  { ...row('calls without a price', 'calls/min', 'gen_ai_caller_unpriced_calls', unpriced), ...counted },
  {
    ...row('cost of the team search', 'µUSD/min', "gen_ai_dimension_cost{dimension='team',value='search'}", (events) =>
      knownSum(cost)(events.filter(({ run }) => run.team === 'search'))),
    ...money,
  },
];

const unpricedOnly: readonly CallExpectation[] = [
  { ...row('calls', 'calls/min', 'gen_ai_provider_cpm', (events) => events.length), ...counted },
  { ...row('calls without a price', 'calls/min', 'gen_ai_provider_unpriced_calls', unpriced), ...counted },
  { ...row('cost', 'µUSD/min', 'gen_ai_provider_total_estimated_cost', knownSum(cost)), ...money },
];

export interface TitledComparison {
  readonly title: string;
  readonly comparison: Comparison<TimedCall>;
}

/** A provider, a model, a model without a price, and the application that calls them. */
export function callComparisons(service: string, runs: readonly AgentRun[]): TitledComparison[] {
  const all = timedCalls(runs);
  const suffix = runs[0]?.suffix ?? '';
  const ofModels = (provider: string): TimedCall[] => all.filter(({ call, run }) => providerOf(call.model, run) === provider);
  const openai = providerOf('cheap', { suffix });
  const inHouse = providerOf('unpriced', { suffix });
  const cheap = models.cheap.response;
  const cheapCalls = all.filter(({ call }) => modelOf(call) === cheap);
  const subjectOf = (provider: string): Subject => ({ service: provider, normal: false });
  return [
    {
      title: `provider ${openai}`,
      comparison: { subject: subjectOf(openai), events: ofModels(openai), expectations: ofProvider('gen_ai_provider', 'cpm', 'resp_time') },
    },
    {
      title: `model ${cheap}`,
      comparison: {
        subject: { ...subjectOf(openai), instance: cheap },
        events: cheapCalls,
        expectations: ofProvider('gen_ai_model', 'call_cpm', 'latency_avg'),
      },
    },
    {
      title: `provider ${inHouse}`,
      comparison: { subject: subjectOf(inHouse), events: ofModels(inHouse), expectations: unpricedOnly },
    },
    { title: `caller ${service}`, comparison: { subject: { service }, events: all, expectations: ofCaller } },
  ];
}

export interface TimedRun {
  readonly timeMs: number;
  readonly run: AgentRun;
}

/** The application as a service, by its own requests. */
export function serviceComparison(service: string, runs: readonly AgentRun[]): Comparison<TimedRun> {
  const average = (read: (run: AgentRun) => number) => (events: readonly TimedRun[]) =>
    events.length === 0 ? undefined : total(events.map(({ run }) => read(run))) / events.length;
  return {
    subject: { service },
    events: runs.map((run) => ({ timeMs: run.startMs, run })),
    expectations: [
      { title: 'requests', unit: 'calls/min', expression: 'service_cpm', of: (events) => events.length, ...counted },
      { title: 'mean latency', unit: 'ms', expression: 'service_resp_time', of: average(({ durationMs }) => durationMs), ...averaged },
      {
        title: 'successful requests', unit: '1/100 %', expression: 'service_sla', ...averaged,
        of: average(({ failed }) => (failed === undefined ? 10_000 : 0)),
      },
    ],
  };
}
