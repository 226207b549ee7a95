/** Where the admin port of the settings is, for the command line, and by which names it may be asked to run commands. */
import { isIPv4 } from 'node:net';
import { sharedIdentity } from '../server/identity.js';
import { isRecord } from '../kernel/record.js';
import type { HostPlan } from '../kernel/plan.js';

export interface AdminAddress {
  /** As in the settings: a name or an address, without brackets. */
  readonly host: string;
  /** 0 when nobody can know it. */
  readonly port: number;
  /** Demanded by what runs commands; "" for none. */
  readonly token: string;
}

/** undefined when the settings have no admin server. */
export function adminAddressOf({ settings }: Pick<HostPlan, 'settings'>): AdminAddress | undefined {
  const shared = settings.find(({ identity }) => identity === sharedIdentity)?.config;
  const admin = isRecord(shared) ? shared['admin'] : undefined;
  if (!isRecord(shared) || !isRecord(admin)) return undefined;
  const { host, port } = admin;
  if (typeof host !== 'string' || typeof port !== 'number') return undefined;
  const token = shared['queryToken'];
  return { host, port, token: typeof token === 'string' ? token : '' };
}

/** An address to connect to; a server that listens everywhere is asked on this machine. */
export function reachableHost({ host }: AdminAddress): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/**
 * Whether a request that names `header` as its host was meant for the admin server. A page whose own name was made to
 * lead here is not: its browser names the page's host.
 */
export function isAdminHost(header: string | undefined, configured: string): boolean {
  const named = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '');
  const host = named?.[1] ?? named?.[2] ?? '';
  if (host === '') return false;
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.')) || host === configured.toLowerCase();
}
