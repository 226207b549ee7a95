/** Secrets that ride in an address are never shown. */

/**
 * The text with user and password of an address masked, and parameters that are named like a secret. Rather too much than
 * too little: everything between the scheme and the last "@" goes, for a password may hold any character.
 */
export function redactUrl(text: string): string {
  return text
    .replace(/^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^]*@/i, '$1***@')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1***@')
    .replace(/([?&](?:user(?:name)?|pass(?:word)?|token|key|secret)=)[^&#\s]*/gi, '$1***');
}
