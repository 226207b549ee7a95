/** Paths into JSON: `$.messages[*].content`, `$['a b'][0]`, `$..text`. */

export type PathStep =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  /** The following step anywhere below, at every depth. */
  | { readonly kind: 'deep' };

const maxSteps = 32;
/** Each multiplies the time by the depth of the structure. */
const maxDeepSteps = 2;
const stepForm = /\.\.(?=[\w$*[-])|\.?\*|\.?([\w$-]+)|\[\*\]|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Throws an Error whose message says where it cannot be read. */
export function parsePath(text: string): readonly PathStep[] {
  if (!text.startsWith('$')) throw new Error('path must begin with $');
  const steps: PathStep[] = [];
  const stepForms = new RegExp(stepForm);
  stepForms.lastIndex = 1;
  while (stepForms.lastIndex < text.length) {
    const from = stepForms.lastIndex;
    const match = stepForms.exec(text);
    const step = match === null ? undefined : stepOf(match, steps.at(-1));
    if (step === undefined) {
      throw new Error(`path cannot be read from "${text.slice(from, from + 20)}" on; steps are .name, ['name'], [0], [*], .* and ..name`);
    }
    steps.push(step);
  }
  if (steps.length === 0) throw new Error('path has no step; give a key without a path to mask whole values');
  if (steps.filter(({ kind }) => kind === 'deep').length > maxDeepSteps) throw new Error(`path has more than ${maxDeepSteps} steps with ..`);
  if (steps.length > maxSteps) throw new Error(`path has more than ${maxSteps} steps`);
  return steps;
}

/** undefined for what may not stand here: a name without a dot is one only after `..`. */
function stepOf([whole, name, index, single, double]: RegExpExecArray, before: PathStep | undefined): PathStep | undefined {
  if (whole === '..') return { kind: 'deep' };
  const bare = whole.startsWith('[') ? false : !whole.startsWith('.');
  const afterDeep = before?.kind === 'deep';
  if (!whole.startsWith('[') && bare !== afterDeep) return undefined;
  if (name !== undefined) return { kind: 'member', name };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  const quoted = single ?? double;
  return quoted === undefined ? { kind: 'all' } : { kind: 'member', name: quoted.replace(/\\(.)/g, '$1') };
}
