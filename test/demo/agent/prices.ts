/** What calls cost and are called by, worked out apart from the server. */
import { models, type DemoModel, type ModelName } from './models.js';
import type { AgentCall, AgentRun } from './runs.js';

/** The demo's providers have names of their own, so that its calls are nobody else's. */
export function providerOf(model: ModelName, { suffix }: Pick<AgentRun, 'suffix'>): string {
  return `demo-${models[model].provider}${suffix}`;
}

/** A call that was refused counts against the model it asked for. */
export function modelOf({ model, failed }: AgentCall): string {
  return failed === undefined ? models[model].response : models[model].request;
}

/** undefined: nothing is owed, or nobody knows what. */
export function costOf({ model, usage }: AgentCall): bigint | undefined {
  const { prices }: DemoModel = models[model];
  if (prices === undefined || usage === undefined) return undefined;
  const { input, cacheRead = 0, cacheWrite = 0, output } = usage;
  const cached = BigInt(cacheRead) * prices.cacheRead + BigInt(cacheWrite) * prices.cacheWrite;
  return BigInt(input - cacheRead - cacheWrite) * prices.input + cached + BigInt(output ?? 0) * prices.output;
}

/** As APIs write it: all digits, no zeros at the end. */
export function usdText(picodollars: bigint): string {
  const digits = picodollars.toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`;
}
