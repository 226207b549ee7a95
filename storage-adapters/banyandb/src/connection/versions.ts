/** The version of a target, at each connection, and its health. */
import { banyanErrors } from '../errors.js';
import { methods } from '../protocol/methods.js';
import { decodeMessage, encodeMessage } from '../protocol/root.js';
import type { BanyanSettings } from '../settings.js';
import { isAccepted } from './api-version.js';
import { CallFailure, grpcStatus } from './calls.js';
import { errorOf, meaningOf } from './failures.js';
import type { Target } from './target.js';

/** Rejects with VERSION, AUTHENTICATION or UNREACHABLE: whatever keeps a target from saying its version, it cannot be used. */
export async function askVersion(target: Target, timeoutMs: number, settings: BanyanSettings): Promise<string> {
  const answer = await ask(target, 'apiVersion', timeoutMs, settings);
  const { version } = (answer ?? {}) as { readonly version?: { readonly version: string } | null };
  const found = answer === undefined ? 'before 0.8' : (version?.version ?? '');
  if (answer !== undefined && isAccepted(found, settings.apiVersions)) return found;
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_VERSION({ target: target.name, found });
}

/** A server without the health service is as healthy as its answer. */
export async function askHealth(target: Target, timeoutMs: number, settings: BanyanSettings): Promise<void> {
  const answer = await ask(target, 'health', timeoutMs, settings);
  const status = answer === undefined ? 'SERVING' : String(answer.status);
  if (status !== 'SERVING') throw banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target: target.name, reason: `its health is ${status}` });
}

/** undefined: the server does not have the method. */
async function ask(target: Target, method: 'apiVersion' | 'health', timeoutMs: number, { user }: BanyanSettings): Promise<Record<string, unknown> | undefined> {
  const { request, response } = methods[method];
  try {
    return decodeMessage(response, await target.unary(method, encodeMessage(request, {}), timeoutMs));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: String(error) }, error);
    if (error.status === grpcStatus.unimplemented) return undefined;
    const meaning = meaningOf(error);
    throw errorOf(error, meaning === 'credentials' ? meaning : 'away', { what: method, target: target.name, user });
  }
}
