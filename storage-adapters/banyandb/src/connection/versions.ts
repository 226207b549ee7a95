/** The version of a target, at each connection, and its health. */
import { banyanErrors } from '../errors.js';
import { methods } from '../protocol/methods.js';
import { decodeMessage, encodeMessage } from '../protocol/root.js';
import type { BanyanSettings } from '../settings.js';
import { isAccepted } from './api-version.js';
import { CallFailure, grpcStatus } from './calls.js';
import { errorOf, meaningOf, shownUser } from './failures.js';
import type { Target } from './target.js';

/**
 * The version of each new connection. As long as none was good, a server that refuses the user or speaks another version is a wrong setting, and
 * an error for ever. Later it is one that is being changed, and data wait for the end of that.
 */
export class VersionCheck {
  private wasGood = false;

  constructor(private readonly settings: BanyanSettings) {}

  /** Rejects whatever keeps a target from saying its version: it cannot be used. */
  async ask(target: Target, timeoutMs: number): Promise<string> {
    const answer = await this.answerOf(target, timeoutMs);
    const { version } = (answer ?? {}) as { readonly version?: { readonly version: string } | null };
    const found = answer === undefined ? 'before 0.8' : (version?.version ?? '');
    if (answer === undefined || !isAccepted(found, this.settings.apiVersions)) throw this.otherVersion(target, found);
    this.wasGood = true;
    return found;
  }

  private async answerOf(target: Target, timeoutMs: number): Promise<Record<string, unknown> | undefined> {
    try {
      return await ask(target, 'apiVersion', timeoutMs, this.settings);
    } catch (error) {
      if (this.wasGood || !(error instanceof Error) || !(error.cause instanceof CallFailure) || meaningOf(error.cause) !== 'credentials') throw error;
      const user = shownUser(this.settings.user);
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_AUTHENTICATION({ target: target.name, user, reason: error.cause.details }, error.cause);
    }
  }

  private otherVersion({ name }: Target, found: string): Error {
    const code = this.wasGood ? 'METERLARK_STORAGE_BANYANDB_VERSION_CHANGED' : 'METERLARK_STORAGE_BANYANDB_VERSION';
    return banyanErrors[code]({ target: name, found: found === '' ? '(none)' : found });
  }
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
