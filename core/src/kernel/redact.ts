/** Secrets that ride in an address are never shown. */

/**
 * The text with user and password of an address masked, and parameters that are named like a secret. Rather too much than
 * too little: everything between the scheme and the last "@" goes, for a password may hold any character.
 */
export function redactUrl(text: string): string {
  // Without an "@" the search for one would start anew at every scheme.
  const masked = text.includes('@')
    ? text.replace(/^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^]*@/i, '$1***@').replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1***@')
    : text;
  return masked.replace(/([?&](?:user(?:name)?|pass(?:word)?|token|key|secret)=)[^&#\s]*/gi, '$1***');
}
