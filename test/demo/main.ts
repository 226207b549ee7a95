/**
 * `npm run demo`: a lively hour of two gateways and of an agent application, sent to a running server as if it had just
 * happened, then what was sent against what the server answers. Exit 0 when all is equal, 1 on a difference, 2 on wrong
 * arguments.
 *   --live S        afterwards plays live traffic for S seconds
 *   --endpoint URL  OTLP/gRPC endpoint, default http://127.0.0.1:11800
 *   --query URL     GraphQL server, which takes OTLP over HTTP, too; default the endpoint's host on port 12800
 *   --zipkin URL    Zipkin receiver, default port 9411 of this machine unless --endpoint is given; without one its share of
 *                   the traces goes over OTLP
 *   --logql URL     LogQL, default port 3100 of this machine unless --endpoint is given; without one it is not asked
 */
import { parseArgs } from 'node:util';
import { hasZipkin, playAgent, reportAgent } from './agent/agent.js';
import { playGateway } from './live.js';
import { hasLogql } from './logql.js';
import { reportHour } from './hour-report.js';
import { minuteMs, sendHour } from './past.js';

interface Options {
  readonly endpoint: string;
  readonly query: string;
  readonly zipkin: string | undefined;
  readonly logql: string | undefined;
  readonly liveSeconds: number;
}

const texts = { endpoint: { type: 'string' }, query: { type: 'string' }, zipkin: { type: 'string' }, logql: { type: 'string' } } as const;

function readOptions(): Options {
  const { values } = parseArgs({ options: { live: { type: 'string', default: '0' }, ...texts } });
  const endpoint = values.endpoint ?? 'http://127.0.0.1:11800';
  const query = values.query ?? `http://${new URL(endpoint).hostname}:12800`;
  const liveSeconds = Number(values.live);
  if (!(liveSeconds >= 0)) throw new Error(`--live wants a number of seconds, not "${values.live}"`);
  const isHere = values.endpoint === undefined;
  const zipkin = values.zipkin ?? (isHere ? 'http://127.0.0.1:9411' : undefined);
  const logql = values.logql ?? (isHere ? 'http://127.0.0.1:3100' : undefined);
  return { endpoint, query, zipkin, logql, liveSeconds };
}

async function playAll(options: Options): Promise<boolean> {
  const [gateway, agent] = await Promise.all([playGateway(options), playAgent(options, options.liveSeconds)]);
  return (await reportAgent(options.query, agent, false)) && gateway;
}

/** What the demo asks for beyond the two main ports is left out where nobody answers. */
async function reachable(asked: Options): Promise<Options> {
  let options = asked;
  if (options.zipkin !== undefined && !(await hasZipkin(options.zipkin))) {
    console.log(`nobody takes Zipkin spans at ${options.zipkin}: they go over OTLP`);
    options = { ...options, zipkin: undefined };
  }
  if (options.logql === undefined) console.log('LogQL is not asked: --endpoint does not tell its port, --logql would');
  else if (!(await hasLogql(options.logql))) {
    console.log(`nobody answers LogQL at ${options.logql}: it is not asked`);
    options = { ...options, logql: undefined };
  }
  return options;
}

async function main(asked: Options): Promise<boolean> {
  const options = await reachable(asked);
  const toMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  let equal = await reportHour(options, await sendHour(options, { fromMs: toMs - 60 * minuteMs, toMs }));
  if (options.liveSeconds > 0) equal = (await playAll(options)) && equal;
  console.log(equal ? '\nsent and answered are equal' : '\nsent and answered DIFFER');
  return equal;
}

/** Wrong arguments are told apart from a server that cannot be reached. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}\nIs the server running (npm start), and are --endpoint and --query its addresses?`;
}

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
if (options !== undefined) {
  try {
    process.exitCode = (await main(options)) ? 0 : 1;
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}
