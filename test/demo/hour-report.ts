/** What was sent of the hour that is over, against what the server answers. */
import { reportAgent } from './agent/agent.js';
import { reportAgentLogs } from './agent/compare-logs.js';
import { reportAccess, type AnswerUrls } from './access/report.js';
import type { Window } from './client.js';
import { expectations } from './expected.js';
import type { SentGateway, SentHour } from './past.js';
import { compareAll, printRows, type Row } from './report.js';
import { askUntil } from './waiting.js';

const areRowsEqual = (rows: readonly Row[]): boolean => rows.every(({ differing }) => differing.length === 0);

async function reportMetrics(query: string, { access: { service }, events }: SentGateway, window: Window): Promise<boolean> {
  const rows = await askUntil(service, () => compareAll(query, { subject: { service }, expectations, events }, window), areRowsEqual);
  printRows(service, rows);
  return areRowsEqual(rows);
}

/** Prints every comparison; true when all is equal. */
export async function reportHour(options: AnswerUrls, { gateways, agent, agentLogs, window }: SentHour): Promise<boolean> {
  let equal = true;
  for (const gateway of gateways) {
    equal = (await reportMetrics(options.query, gateway, window)) && equal;
    equal = (await reportAccess(options, gateway.access, window)) && equal;
  }
  equal = (await reportAgent(options.query, agent, true)) && equal;
  return (await reportAgentLogs(options, { ...agent, logs: agentLogs })) && equal;
}
