/** Entity, metric labels and properties of a sample. */
import type { CallExpression } from '../language/ast.js';
import { compileClosure } from '../language/closure-compiler.js';
import type { ClosureMap } from '../language/closure-values.js';
import type { Placer } from '../plan.js';
import { closureOf } from './arguments.js';
import { closureHost } from './host.js';
import { textProperties, type Located, type Scope } from './scope.js';

type Decorate = (located: Located) => Readonly<Record<string, string>>;

export function makePlacer(scope: Scope, labels: readonly string[], decorateCall: CallExpression | undefined): Placer {
  const decorate = decorateCall === undefined ? undefined : decorator(decorateCall);
  return (sample) => {
    const located = scope.locate(sample);
    if (located === undefined) return undefined;
    const own = new Map(labels.map((name) => [name, sample.get(name) ?? '']));
    const properties = decorate === undefined ? located.properties : { ...located.properties, ...decorate(located) };
    return { entity: located.entity, layer: located.layer, labels: own, properties };
  };
}

/** `decorate({ me -> me.attr0 = … })`, for services only: attr0 … attr5. */
function decorator(call: CallExpression): Decorate {
  const closure = closureOf(call.args[0]);
  if (closure === undefined) return () => ({});
  const run = compileClosure(closure, 1, closureHost(undefined));
  return ({ entity, layer }) => {
    if (entity.scope !== 'Service') return {};
    const me: ClosureMap = new Map([
      ['serviceName', entity.service.name],
      ['layer', layer],
    ]);
    run([me]);
    return textProperties(new Map([...me].filter(([name]) => /^attr[0-5]$/.test(name))));
  };
}
