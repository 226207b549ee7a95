/** Runs a plugin's command in the server that is running, by its admin port. */
import { request, type IncomingMessage } from 'node:http';
import type { Command, CommandRequest, CommandResult } from '../contract/command.js';
import { reasonOf } from '../kernel/errors.js';
import { isRecord } from '../kernel/record.js';
import { reachableHost, type AdminAddress } from './admin-address.js';
import { commandsPath, type RemoteCommand, type RemoteFaults } from './command-route.js';
import { hostErrors } from './errors.js';

/** Characters of an answer that is none of ours, as the error shows it. */
const shownLength = 200;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** undefined when no server listens there; a port of 0 can be found by nobody. */
export async function runRemotely(
  { name }: Pick<Command, 'name'>,
  asked: CommandRequest,
  address: AdminAddress | undefined,
): Promise<CommandResult | RemoteFaults | undefined> {
  if (address === undefined || address.port === 0) return undefined;
  const answer = await post(address, JSON.stringify({ name, ...asked } satisfies RemoteCommand));
  return answer === undefined ? undefined : resultOf(answer, address);
}

/** Waits for the answer however long the command takes; `fetch` gives up after five minutes without headers. */
function post(address: AdminAddress, body: string): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: reachableHost(address),
      port: address.port,
      path: commandsPath,
      method: 'POST',
      agent: false,
      headers: { ...authorization(address), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const fail = (error: unknown): void => reject(hostErrors.METERLARK_HOST_SERVER_GONE({ url: urlOf(address), reason: reasonOf(error) }, error));
    sent.on('response', (response) => void readAll(response).then(resolve, fail));
    sent.on('error', (error) => (isRefused(error) ? resolve(undefined) : fail(error)));
    // A connection that is silent for minutes must not be forgotten by what lies between, nor outlive a dead server.
    sent.setSocketKeepAlive(true, 30_000);
    sent.end(body);
  });
}

function authorization({ token }: AdminAddress): Record<string, string> {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

async function readAll(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') };
}

function resultOf({ status, text }: Answer, address: AdminAddress): CommandResult | RemoteFaults {
  const answer = status === 200 || status === 422 ? parsed(text) : undefined;
  if (isRecord(answer) && (isResult(answer) || Array.isArray(answer['faults']))) return answer as unknown as CommandResult | RemoteFaults;
  throw hostErrors.METERLARK_HOST_SERVER_ANSWER({ url: urlOf(address), status, reason: text.slice(0, shownLength) });
}

function urlOf(address: AdminAddress): string {
  const host = reachableHost(address);
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** A name may stand for several addresses, each of which refused. */
function isRefused(error: unknown): boolean {
  const reasons = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return reasons.length > 0 && reasons.every((reason) => isRecord(reason) && reason['code'] === 'ECONNREFUSED');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isResult(answer: Readonly<Record<string, unknown>>): boolean {
  return typeof answer['text'] === 'string' && typeof answer['found'] === 'boolean';
}
