/** Whether two names may mean one model. */

/** `openai/gpt-4o`, `gpt-4o` and `gpt-4o-2024-08-06` may; `unknown` may be any. A name that is not there is none. */
export function isSameModel(one: string, other: string): boolean {
  if (one === other) return one !== '';
  const a = bare(one);
  const b = bare(other);
  if (a === '' || b === '') return false;
  return a === b || a === 'unknown' || b === 'unknown' || isVersionOf(a, b) || isVersionOf(b, a);
}

/** A date, a revision (`-0613`, `-001`, `-v1`, `:0`) or a word for one; `-4`, `.1`, `-8b` and `-16k` are names. */
const version = /^(?:-preview)?(?:[-@](?:v\d+|\d{3,}|\d\d-\d\d)|:v?\d+|[-@:](?:latest|default))(?![a-z\d.])/;

/** `gpt-4o-2024-08-06` is a version of `gpt-4o`; `gpt-4o-mini` is not, nor is `gpt-4.1` one of `gpt-4`. */
function isVersionOf(long: string, short: string): boolean {
  return long.startsWith(short) && version.test(long.slice(short.length));
}

function bare(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).toLowerCase();
}
