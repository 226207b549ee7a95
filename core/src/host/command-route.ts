/** Commands of plugins inside a running server: POST /commands on the admin port. */
import { AdminServer, type HttpResponse } from '../contract/server.js';
import { Commands, type Command, type CommandRequest } from '../contract/command.js';
import { isMeterlarkError } from '../kernel/error.js';
import { isRecord } from '../kernel/record.js';
import type { Resolver } from '../kernel/definition.js';
import { isAdminHost } from './admin-address.js';
import { describeFaults, type ShownFault } from './faults.js';
import { hostErrors } from './errors.js';

export const commandsPath = '/commands';

/** What the command line sends. */
export interface RemoteCommand extends CommandRequest {
  readonly name: string;
}

/** What it gets with status 422: the command could not be run as asked. */
export interface RemoteFaults {
  readonly faults: readonly ShownFault[];
}

export function commandsOf(host: Pick<Resolver, 'all'>): readonly Command[] {
  return host.all(Commands).flat();
}

/** `adminHost` is the one of the settings. Whoever may ask the server's data may run its commands: the same token. */
export function serveCommands(host: Resolver, adminHost: string): void {
  host.get(AdminServer).route({
    method: 'POST',
    path: commandsPath,
    access: 'query',
    // No form of a foreign page can send this type without asking first.
    accepts: [{ mediaType: 'application/json', maxBodyBytes: 1024 * 1024 }],
    handler: async (request) => {
      demandAdminHost(request.header('host'), adminHost);
      const { name, words, options } = readRequest(request.body);
      const command = commandsOf(host).find((one) => one.name === name);
      if (command === undefined) throw hostErrors.METERLARK_HOST_COMMAND_REQUEST({ reason: `no command ${name} here` });
      try {
        return json(200, await command.run({ words, options }));
      } catch (error) {
        if (!isMeterlarkError(error)) throw error;
        return json(422, { faults: describeFaults(error) } satisfies RemoteFaults);
      }
    },
  });
}

function demandAdminHost(named: string | undefined, adminHost: string): void {
  if (!isAdminHost(named, adminHost)) throw hostErrors.METERLARK_HOST_COMMAND_HOST({ named: (named ?? '').slice(0, 200) });
}

function json(status: number, body: unknown): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function readRequest(body: Buffer): RemoteCommand {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw hostErrors.METERLARK_HOST_COMMAND_REQUEST({ reason: 'it is not JSON' }, error);
  }
  const { name, words, options } = isRecord(value) ? value : {};
  if (typeof name !== 'string' || !isTexts(words) || !isOptions(options)) {
    throw hostErrors.METERLARK_HOST_COMMAND_REQUEST({ reason: 'it needs name, words and options' });
  }
  return { name, words, options };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isOptions(value: unknown): value is CommandRequest['options'] {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string' || typeof item === 'boolean');
}
