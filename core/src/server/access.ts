/** Bearer tokens. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Access } from '../contract/server.js';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import { serverErrors } from './errors.js';
import { sharedIdentity } from './identity.js';

export interface Tokens {
  readonly receiverToken: string;
  readonly queryToken: string;
}

type HeaderReader = (name: string) => string | undefined;

/** Digests have one length, so that comparing tells nothing of the token's, and the right one is not kept in the clear. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

export class AccessControl {
  private readonly expected: Readonly<Record<Access, Buffer | undefined>>;

  constructor(tokens: Tokens) {
    this.expected = {
      open: undefined,
      receiver: tokens.receiverToken === '' ? undefined : digest(tokens.receiverToken),
      query: tokens.queryToken === '' ? undefined : digest(tokens.queryToken),
    };
  }

  /** The error to answer with, or undefined when the request may pass. */
  refusal(access: Access, header: HeaderReader): MeterlarkError | undefined {
    const expected = this.expected[access];
    if (expected === undefined) return undefined;
    const given = presented(access, header);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined;
    const key = access === 'query' ? 'queryToken' : 'receiverToken';
    return serverErrors.METERLARK_SERVER_UNAUTHENTICATED({
      setting: `${sharedIdentity} ${key}`,
      env: settingVariable(sharedIdentity, [key]),
    });
  }
}

/** SkyWalking's agents send their token bare in a header of their own. */
function presented(access: Access, header: HeaderReader): string | undefined {
  const bearer = unwrap(header('authorization'));
  if (bearer !== undefined || access !== 'receiver') return bearer;
  const native = header('authentication');
  return unwrap(native) ?? native;
}

function unwrap(value: string | undefined): string | undefined {
  return value === undefined ? undefined : /^bearer +(\S+) *$/i.exec(value)?.[1];
}
