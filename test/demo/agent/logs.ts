/** What the agent application logs of a run. */
import type { Level } from '../otlp-logs.js';
import { models } from './models.js';
import { callsOf, type AgentRun } from './runs.js';

export interface AgentLog {
  readonly run: AgentRun;
  readonly timeMs: number;
  readonly level: Level;
  /** Maps are logged as such. */
  readonly body: string | Readonly<Record<string, string | number>>;
}

/** In the order of time. */
export function agentLogs(runs: readonly AgentRun[]): AgentLog[] {
  return runs.flatMap(logsOfRun).sort((left, right) => left.timeMs - right.timeMs);
}

function logsOfRun(run: AgentRun): AgentLog[] {
  const { route, user, startMs, durationMs, failed } = run;
  const asked: AgentLog = { run, timeMs: startMs, level: 'INFO', body: { message: 'asked', route, user } };
  const refused = callsOf(run).flatMap((call): AgentLog[] => {
    if (call.failed === undefined) return [];
    return [{ run, timeMs: call.startMs + call.durationMs, level: 'WARN', body: `${models[call.model].request} refused the call with ${call.failed}` }];
  });
  const timeMs = startMs + durationMs;
  const ended: AgentLog =
    failed === undefined
      ? { run, timeMs, level: 'INFO', body: `${route} was answered in ${durationMs} ms` }
      : { run, timeMs, level: 'ERROR', body: `${route} failed after ${durationMs} ms: ${failed}` };
  return [asked, ...refused, ended];
}

/** As it is stored. */
export function textOf({ body }: AgentLog): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
