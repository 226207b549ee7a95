/** The agent's logs, sent against answered. */
import { askLogs, type AnsweredLog, type LogQuestion } from '../client.js';
import { areEqual, compareTexts, printFound, type Found } from '../found.js';
import { countLines } from '../logql.js';
import type { Level } from '../otlp-logs.js';
import type { Ledger } from './ledger.js';
import { textOf, type AgentLog } from './logs.js';
import { askUntil } from '../waiting.js';
import { traceOf } from './send-logs.js';
import { spansInTrace } from './traces.js';
import type { TraceIds } from './play.js';

export interface SentAgentLogs {
  readonly ledger: Ledger;
  readonly logs: readonly AgentLog[];
  readonly traceIds: TraceIds;
}

export interface AnswerUrls {
  readonly query: string;
  /** undefined: nobody answers LogQL that we know of. */
  readonly logql: string | undefined;
}

const levels: readonly Level[] = ['INFO', 'WARN', 'ERROR'];

async function compareAgentLogs({ query, logql }: AnswerUrls, sent: SentAgentLogs): Promise<Found[]> {
  const { ledger: { service, window }, logs } = sent;
  const session = logs[0]?.run.session ?? '';
  const compare = async (title: string, asked: Partial<LogQuestion>, finds: (log: AgentLog) => boolean): Promise<Found> => {
    const answered = await askLogs(query, { service, window, ...asked });
    return compareTexts(title, logs.filter(finds).map(sentText), answered.map(answeredText));
  };
  const found = await Promise.all([
    ...levels.map((level) => compare(`logs of level ${level}`, { tags: { level } }, (log) => log.level === level)),
    compare('logs with "failed after"', { keywords: ['failed after'] }, (log) => textOf(log).includes('failed after')),
    compare('logs with "/ask" and not "asked"', { keywords: ['/ask'], without: ['asked'] }, (log) => textOf(log).includes('/ask') && !textOf(log).includes('asked')),
    compare('logs of one session', { tags: { 'session.id': session } }, ({ run }) => run.session === session),
  ]);
  const linked = await Promise.all(levels.slice(1).map((level) => compareTraces(query, sent, level)));
  return [...found, ...linked, ...(logql === undefined ? [] : await compareCounts(logql, sent))];
}

const sentText = (log: AgentLog): string => `${log.timeMs} ${typeof log.body === 'string' ? 'TEXT' : 'JSON'} ${textOf(log)}`;
const answeredText = ({ timestamp, contentType, content }: AnsweredLog): string => `${timestamp} ${contentType} ${content}`;

/** Each log with its trace, and all spans of that. */
async function compareTraces(query: string, { ledger, logs, traceIds }: SentAgentLogs, level: Level): Promise<Found> {
  const sent = logs.filter((log) => log.level === level).map((log) => {
    const traceId = traceOf(log, traceIds);
    return `${log.timeMs} ${traceId ?? 'none'} ${traceId === undefined ? 0 : spansInTrace(log.run, ledger.throughGateway)}`;
  });
  const answered = await askLogs(query, { ...ledger, linked: true, tags: { level } });
  const texts = answered.map(({ timestamp, traceId, trace }) => `${timestamp} ${traceId ?? 'none'} ${trace?.spans.length ?? 0}`);
  return compareTexts(`${level} with their traces`, sent, texts);
}

async function compareCounts(logql: string, { ledger: { service, window }, logs }: SentAgentLogs): Promise<Found[]> {
  const counts = await countLines(logql, service, 'level', window);
  return levels.map((level) => {
    const sent = logs.filter((log) => log.level === level).length;
    const answered = counts.get(level) ?? 0;
    return { title: `LogQL: count of level ${level}`, sent, answered, differing: Math.abs(sent - answered) };
  });
}

/** Asks until all is as it was sent, and prints the last answer. */
export async function reportAgentLogs(urls: AnswerUrls, sent: SentAgentLogs): Promise<boolean> {
  const { service } = sent.ledger;
  const found = await askUntil(`${service}: logs`, () => compareAgentLogs(urls, sent), areEqual);
  console.log(`\n${service}: logs, sent / answered`);
  printFound(found);
  return areEqual(found);
}
