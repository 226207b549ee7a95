import { expect, test } from 'vitest';
import { only, type ProviderDefinition } from '../../src/kernel/definition.js';
import { serviceToken } from '../../src/kernel/token.js';
import { codes, Extra, faultsFrom, hostOf, provider, Tool, ToolModule } from './fixtures.js';

test('siblings that need only offers of others follow their keepers and do not wait for each other', async () => {
  const started: string[] = [];
  const Other = serviceToken<{ readonly text: string }>('tool.Other');
  const module = { ...ToolModule, offers: [Extra, Other] };
  const keeping = (token: typeof Extra, rest: Partial<ProviderDefinition>): Partial<ProviderDefinition> => ({
    ...rest,
    register: ({ bind }) => {
      bind(Tool).toValue({ text: 'tool' });
      bind(token).toValue({ text: 'kept' });
    },
  });
  const spare = serviceToken<{ readonly text: string }>('tool.Own');
  const entry = (name: string, rest: Partial<ProviderDefinition>): ProviderDefinition => provider(module, name, { ...rest, start: () => void started.push(name) });
  const host = hostOf([
    entry('reader', keeping(spare, { requires: [only(module, Extra)] })),
    entry('writer', keeping(spare, { requires: [only(module, Other)] })),
    entry('extra', keeping(Extra, {})),
    entry('other', keeping(Other, {})),
  ]);
  await host.start();
  expect(started).toEqual(['extra', 'reader', 'other', 'writer']);
  await host.stop();
});

test('a circle of offers is a fault that names it', async () => {
  const needing = (own: typeof Extra, other: typeof Extra): Partial<ProviderDefinition> => ({
    requires: [only(ToolModule, other)],
    register: ({ bind }) => {
      bind(Tool).toValue({ text: 'tool' });
      bind(own).toValue({ text: 'kept' });
    },
  });
  const Other = serviceToken<{ readonly text: string }>('tool.Other');
  const host = hostOf([provider(ToolModule, 'a', needing(Extra, Other)), provider(ToolModule, 'b', needing(Other, Extra))]);
  const faults = await faultsFrom(() => host.register());
  expect(codes(faults)).toEqual(['KERNEL_CYCLIC_REQUIRES']);
});
