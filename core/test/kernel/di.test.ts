import { describe, expect, test } from 'vitest';
import { inject, injectable } from '../../src/kernel/di.js';
import type { Resolver } from '../../src/kernel/definition.js';
import { serviceToken } from '../../src/kernel/token.js';
import { codes, Extra, faultsFrom, hostOf, provider, store, StoreModule, StoreReader, Tool, ToolModule, UserModule, type Text } from './fixtures.js';

const Local = serviceToken<Text>('user.Local');
const Other = serviceToken<Text>('user.Other');

@injectable()
class Shout implements Text {
  constructor(@inject(StoreReader) private readonly reader: Text) {}
  get text(): string {
    return this.reader.text.toUpperCase();
  }
}

class Undecorated implements Text {
  constructor(private readonly reader: Text) {}
  get text(): string {
    return this.reader.text;
  }
}

const tool = (name: string, extra = false) =>
  provider(ToolModule, name, {
    register: ({ bind }) => {
      bind(Tool).toValue({ text: name });
      if (extra) bind(Extra).toValue({ text: `extra of ${name}` });
    },
  });

/** Starts a host whose last provider looks around. */
async function look(providers: Parameters<typeof hostOf>[0], requires: (typeof StoreModule)[], see: (resolver: Resolver) => unknown): Promise<unknown> {
  let seen: unknown;
  const looker = provider(UserModule, 'looker', { requires, start: (context) => void (seen = see(context)) });
  await hostOf([...providers, looker]).start();
  return seen;
}

const causesOf = async (work: () => Promise<unknown>) => {
  const [failure] = await faultsFrom(work);
  return failure?.cause as { code: string; message: string; cure: string };
};

describe('a provider sees what it may', () => {
  test('the service of a module that it requires', async () => {
    expect(await look([store()], [StoreModule], ({ get }) => get(StoreReader).text)).toBe('from the store');
  });

  test('a look-up outside names the module to require', async () => {
    const cause = await causesOf(() => look([store()], [], ({ get }) => get(StoreReader)));
    expect(cause.message).toBe('user/looker cannot see store.StoreReader: add StoreModule to its "requires"');
    expect(cause.code).toBe('METERLARK_KERNEL_NOT_VISIBLE');
  });

  test('all() outside is refused the same way', async () => {
    const cause = await causesOf(() => look([tool('a')], [], ({ all }) => all(Tool)));
    expect(cause.code).toBe('METERLARK_KERNEL_NOT_VISIBLE');
  });

  test('a private binding of another provider stays private', async () => {
    const hidden = provider(ToolModule, 'a', {
      register: ({ bind }) => {
        bind(Tool).toValue({ text: 'a' });
        bind(Local).toValue({ text: 'private' });
      },
    });
    const cause = await causesOf(() => look([hidden], [ToolModule], ({ get }) => get(Local)));
    expect(cause.code).toBe('METERLARK_KERNEL_NOT_BOUND');
  });

  test('every keeper of a many module, in inventory order', async () => {
    const texts = await look([tool('b'), tool('a')], [ToolModule], ({ all }) => all(Tool).map(({ text }) => text));
    expect(texts).toEqual(['b', 'a']);
  });

  test('an offer is there for those who ask for all, whoever keeps it', async () => {
    const texts = await look([tool('a'), tool('b', true)], [ToolModule], ({ all, get }) => [get(Extra).text, all(Extra).length]);
    expect(texts).toEqual(['extra of b', 1]);
  });

  test('an offer that nobody keeps has a cure', async () => {
    const cause = await causesOf(() => look([tool('a')], [ToolModule], ({ get }) => get(Extra)));
    expect(cause.code).toBe('METERLARK_KERNEL_NO_KEEPER');
    expect(cause.cure).toContain('module tool');
  });

  test('get of a service with two keepers names both', async () => {
    const cause = await causesOf(() => look([tool('a'), tool('b')], [ToolModule], ({ get }) => get(Tool)));
    expect(cause.code).toBe('METERLARK_KERNEL_SEVERAL_KEEPERS');
    expect(cause.message).toContain('tool/a, tool/b');
  });
});

describe('bindings', () => {
  const bound = (register: Parameters<typeof provider>[2]) => hostOf([store(), provider(UserModule, 'maker', { requires: [StoreModule], ...register })]);

  test('a class receives the services of its constructor', async () => {
    let text = '';
    await bound({
      register: ({ bind }) => bind(Local).toClass(Shout),
      start: ({ get }) => void (text = get(Local).text),
    }).start();
    expect(text).toBe('FROM THE STORE');
  });

  test('a factory runs once, on first use', async () => {
    let made = 0;
    const host = bound({
      register: ({ bind }) => bind(Local).toFactory(() => ({ text: String((made += 1)) })),
      start: ({ get }) => {
        get(Local);
        get(Local);
      },
    });
    host.register();
    expect(made).toBe(0);
    await host.start();
    expect(made).toBe(1);
  });

  test('a class without decorators is refused with the way out', async () => {
    const [fault] = await faultsFrom(() => bound({ register: ({ bind }) => bind(Local).toClass(Undecorated) }).register());
    expect(fault?.code).toBe('METERLARK_KERNEL_CLASS_NOT_MADE');
    expect(fault?.cure).toContain('@inject');
  });

  test('services that need each other are told apart from a full stack', async () => {
    const cause = await causesOf(() =>
      bound({
        register: ({ bind }) => {
          bind(Local).toFactory(({ get }) => ({ text: get(Other).text }));
          bind(Other).toFactory(({ get }) => ({ text: get(Local).text }));
        },
        start: ({ get }) => void get(Local),
      }).start(),
    );
    expect(cause.code).toBe('METERLARK_KERNEL_CIRCULAR_SERVICES');
  });

  test('the error of a factory reaches the asker as it is', async () => {
    const failure = new RangeError('no such file');
    const cause = await causesOf(() =>
      bound({
        register: ({ bind }) => bind(Local).toFactory(() => {
          throw failure;
        }),
        start: ({ get }) => void get(Local),
      }).start(),
    );
    expect(cause).toBe(failure);
  });

  test('a second binding of one service is refused', async () => {
    const host = bound({
      register: ({ bind }) => {
        bind(Local).toValue({ text: '1' });
        bind(Local).toValue({ text: '2' });
      },
    });
    expect(codes(await faultsFrom(() => host.register()))).toEqual(['KERNEL_BOUND_TWICE']);
  });
});
