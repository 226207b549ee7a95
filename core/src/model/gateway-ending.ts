/** How a call ended, as an access log of Envoy tells it. */

export interface GatewayEnding {
  readonly responseCode: number | undefined;
  /** `upstream_transport_failure_reason` as it is; "" for none. */
  readonly upstreamFailure: string;
  readonly failed: boolean;
  /** The client went away; its call need not have failed. */
  readonly aborted: boolean;
  /** The response code from 400, else a word for the reason; "" when the call did not fail. */
  readonly errorType: string;
}

/** What OTel calls a failure of which nobody told the type. */
const otherError = '_OTHER';
/** Envoy's code for a client that closed the connection, from nginx. */
const clientClosed = 499;
const maxWord = 60;

/** `read` answers "" for what is missing. */
export function gatewayEnding(read: (key: string) => string): GatewayEnding {
  const code = read('response_code');
  const responseCode = /^\d{1,3}$/.test(code) ? Number(code) : undefined;
  const upstreamFailure = read('upstream_transport_failure_reason');
  const flags = read('response_flags');
  const aborted = responseCode === clientClosed || /\bDC\b/.test(flags) || (responseCode === 0 && upstreamFailure === '');
  // An attempt that failed leaves its reason with the one that was answered. 0: the connection ended before a response.
  const isServed = responseCode !== undefined && responseCode >= 100 && hasTokens(read);
  const failed = (upstreamFailure !== '' && !isServed) || responseCode === 0 || (responseCode ?? 0) >= 400;
  return { responseCode, upstreamFailure, failed, aborted, errorType: failed ? errorTypeOf(responseCode, upstreamFailure, flags) : '' };
}

function hasTokens(read: (key: string) => string): boolean {
  return read('gen_ai.usage.input_tokens') !== '' || read('gen_ai.usage.output_tokens') !== '';
}

function errorTypeOf(code = 0, reason: string, flags: string): string {
  if (code >= 400) return String(code);
  return wordOf(reason) || wordOf(flags) || otherError;
}

/** `delayed connect error: Connection refused` and `TLS_error:|268435581:…` differ each time only after the colon. */
function wordOf(text: string): string {
  const word = /^[^:|,({[]*/.exec(text)?.[0] ?? '';
  return word.trim().replace(/\s+/g, '_').slice(0, maxWord);
}
