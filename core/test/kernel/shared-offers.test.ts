import { expect, test } from 'vitest';
import { defineModule } from '../../src/kernel/definition.js';
import { Extra, hostOf, provider, Tool, ToolModule } from './fixtures.js';

test('what two modules offer is found with the providers of both, whichever the host hears of first', () => {
  const BenchModule = defineModule({ name: 'bench', arity: 'one', services: [], offers: [Extra] });
  const tool = provider(ToolModule, 'saw', {
    register: ({ bind }) => {
      bind(Tool).toValue({ text: 'saw' });
      bind(Extra).toValue({ text: 'of the tool' });
    },
  });
  const bench = provider(BenchModule, 'oak', { register: ({ bind }) => bind(Extra).toValue({ text: 'of the bench' }) });
  for (const providers of [[tool, bench], [bench, tool]]) {
    const host = hostOf(providers);
    host.register();
    expect(host.all(Extra).map(({ text }) => text).sort()).toEqual(['of the bench', 'of the tool']);
  }
});
