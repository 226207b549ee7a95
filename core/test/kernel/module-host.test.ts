import { describe, expect, test } from 'vitest';
import { Clock, Logger } from '../../src/kernel/ambient.js';
import type { ModuleDefinition, ProviderDefinition } from '../../src/kernel/definition.js';
import { kernelErrors } from '../../src/kernel/errors.js';
import { ManualClock, RecordingLogger } from '../../src/testing/fakes.js';
import { codes, faultsFrom, hostOf, provider, store, StoreModule, StoreReader, ToolModule, UserModule } from './fixtures.js';

/** Providers that write down what happens to them. */
class Diary {
  readonly lines: string[] = [];

  entry(module: ModuleDefinition, name: string, rest: Partial<ProviderDefinition> = {}): ProviderDefinition {
    const note = (what: string): void => void this.lines.push(`${what} ${name}`);
    return provider(module, name, {
      start: () => {
        note('start');
        return () => note('stop');
      },
      ...rest,
      register: (context) => {
        note('register');
        if (module === StoreModule) context.bind(StoreReader).toValue({ text: name });
        rest.register?.(context);
      },
    });
  }
}

/** A provider that is inside its start until it is released. */
function gated(): { slow: ProviderDefinition; inside: Promise<void>; stopped: Promise<void>; release: () => void } {
  let [release, entered, left] = [(): void => undefined, (): void => undefined, (): void => undefined];
  const inside = new Promise<void>((resolve) => (entered = resolve));
  const stopped = new Promise<void>((resolve) => (left = resolve));
  const gate = new Promise<void>((resolve) => (release = resolve));
  const start = async (): Promise<() => void> => {
    entered();
    await gate;
    return () => left();
  };
  return { slow: provider(UserModule, 'slow', { requires: [StoreModule], start }), inside, stopped, release };
}

const never = new Promise<void>(() => undefined);

describe('order', () => {
  test('every register runs before any start, starts follow requires and stops go back', async () => {
    const diary = new Diary();
    const host = hostOf([diary.entry(UserModule, 'last', { requires: [StoreModule] }), diary.entry(StoreModule, 'first')]);
    await host.start();
    expect((await host.stop()).faults).toEqual([]);
    expect(diary.lines).toEqual(['register first', 'register last', 'start first', 'start last', 'stop last', 'stop first']);
  });

  test('providers that need nothing from each other keep the order of the inventory', () => {
    const names = ['c', 'a', 'b'].map((name) => provider(UserModule, name));
    expect(hostOf(names).identities).toEqual(['user/c', 'user/a', 'user/b']);
  });

  test('a host without providers starts and stops', async () => {
    const host = hostOf([]);
    await host.start();
    expect((await host.stop()).faults).toEqual([]);
  });

  test('a provider may require its own many module and follows its siblings', () => {
    const host = hostOf([provider(UserModule, 'log', { requires: [UserModule] }), provider(UserModule, 'meter')]);
    expect(host.identities).toEqual(['user/meter', 'user/log']);
  });

  test('requirements in a circle are named provider by provider', async () => {
    const one = provider({ name: 'one', arity: 'one', services: [] }, 'x', { requires: [UserModule] });
    const two = provider(UserModule, 'y', { requires: [one.module] });
    const faults = await faultsFrom(() => hostOf([one, two]));
    expect(codes(faults)).toEqual(['KERNEL_CYCLIC_REQUIRES']);
    expect(faults[0]?.message).toContain('one/x -> user/y -> one/x');
  });

  test('a required module without a provider names both, but an empty many module is fine', async () => {
    const needy = provider(UserModule, 'needy', { requires: [StoreModule, ToolModule] });
    const faults = await faultsFrom(() => hostOf([needy]));
    expect(faults.map(({ message }) => message)).toEqual(['user/needy requires the module store, and no provider of it runs']);
  });
});

describe('register', () => {
  test('a promise that is not kept names provider, service and cure', async () => {
    const faults = await faultsFrom(() => hostOf([provider(StoreModule, 'empty')]).register());
    expect(codes(faults)).toEqual(['KERNEL_PROMISE_NOT_KEPT']);
    expect(faults[0]?.message).toContain('store/empty does not keep the promise store.StoreReader');
    expect(faults[0]?.cure).toContain('context.bind(store.StoreReader)');
  });

  test('all failing registers are reported at once', async () => {
    const failing = ['a', 'b'].map((name) =>
      provider(UserModule, name, {
        register: () => {
          throw new Error(`no ${name}`);
        },
      }),
    );
    const faults = await faultsFrom(() => hostOf(failing).register());
    expect(faults.map(({ message }) => message)).toEqual(['register of user/a failed: no a', 'register of user/b failed: no b']);
  });

  test('an asynchronous register is refused, because nobody would wait for it', async () => {
    const host = hostOf([provider(UserModule, 'a', { register: (): unknown => Promise.reject(new Error('late')) })]);
    expect((await faultsFrom(() => host.register()))[0]?.message).toContain('asynchronous');
  });

  test('every provider has the ambient services and a logger that carries its name', async () => {
    const logger = new RecordingLogger();
    const seen: number[] = [];
    const user = provider(UserModule, 'a', {
      start: ({ get, logger: given }) => {
        seen.push(get(Clock).now());
        get(Logger).info('hello');
        given.info('again');
      },
    });
    await hostOf([user], { logger, ambient: [{ token: Clock, value: new ManualClock(7) }] }).start();
    expect(seen).toEqual([7]);
    expect(logger.lines.map(({ fields }) => fields['provider'])).toEqual(['user/a', 'user/a', 'user/a']);
  });
});

describe('failure', () => {
  test('a failed start undoes what was started, in reverse, and fails with the cause', async () => {
    const diary = new Diary();
    const cause = new Error('port taken');
    const failing = provider(UserModule, 'bad', { requires: [StoreModule, ToolModule], start: () => Promise.reject(cause) });
    const host = hostOf([diary.entry(StoreModule, 's'), diary.entry({ ...ToolModule, services: [] }, 't'), failing]);
    const [fault] = await faultsFrom(() => host.start());
    expect(fault).toMatchObject({ code: 'METERLARK_KERNEL_START_FAILED', cause });
    expect(fault?.message).toContain('user/bad');
    expect(diary.lines.slice(-4)).toEqual(['start s', 'start t', 'stop t', 'stop s']);
  });

  test('a start that fails for a known reason hands on its cure', async () => {
    const known = kernelErrors.METERLARK_SETTINGS_UNREADABLE({ file: 'x', reason: 'gone' });
    const [fault] = await faultsFrom(() => hostOf([provider(UserModule, 'bad', { start: () => Promise.reject(known) })]).start());
    expect(fault?.cure).toBe(known.cure);
  });

  test('a stop that throws does not keep the others from stopping', async () => {
    const diary = new Diary();
    const bad = provider(UserModule, 'bad', { requires: [StoreModule], start: () => () => Promise.reject(new Error('stuck')) });
    const host = hostOf([diary.entry(StoreModule, 's'), bad]);
    await host.start();
    expect(codes([...(await host.stop()).faults])).toEqual(['KERNEL_STOP_FAILED']);
    expect(diary.lines.at(-1)).toBe('stop s');
  });

  test('a stop that does not end is left behind at the deadline', async () => {
    const diary = new Diary();
    const slow = provider(UserModule, 'slow', { requires: [StoreModule], start: () => () => never });
    const host = hostOf([diary.entry(StoreModule, 's'), slow], { stopDeadlineMs: 10 });
    await host.start();
    const { faults } = await host.stop();
    expect(codes([...faults])).toEqual(['KERNEL_STOP_DEADLINE']);
    expect(faults[0]?.message).toContain('user/slow');
    expect(diary.lines.at(-1)).toBe('stop s');
  });
});

describe('the deadline of a start', () => {
  test('names the provider and the setting, and undoes what was started', async () => {
    const diary = new Diary();
    const hung = provider(UserModule, 'hung', { requires: [StoreModule], start: () => never });
    const host = hostOf([diary.entry(StoreModule, 's'), hung], { startDeadlineMs: 10 });
    const [fault] = await faultsFrom(() => host.start());
    expect(fault).toMatchObject({ code: 'METERLARK_KERNEL_START_DEADLINE', fields: { provider: 'user/hung', deadlineMs: 10 } });
    expect(fault?.cure).toContain('METERLARK_HOST_START_DEADLINE_MS');
    expect(diary.lines.at(-1)).toBe('stop s');
    expect(codes([...(await host.stop()).faults])).toEqual(['KERNEL_START_DEADLINE']);
  });

  test('a start that ends later is undone then', async () => {
    const { slow, release, stopped } = gated();
    const host = hostOf([store(), slow], { startDeadlineMs: 10 });
    expect(codes(await faultsFrom(() => host.start()))).toEqual(['KERNEL_START_DEADLINE']);
    release();
    await stopped;
  });

  test('longer than a timer can hold is no deadline of nothing', async () => {
    const { slow, inside, release } = gated();
    const host = hostOf([store(), slow], { startDeadlineMs: 2 ** 40 });
    const started = host.start();
    await inside;
    release();
    await started;
    expect((await host.stop()).faults).toEqual([]);
  });
});

describe('stop', () => {
  test('is safe without a start and safe twice', async () => {
    const diary = new Diary();
    const host = hostOf([diary.entry(StoreModule, 's')]);
    expect((await host.stop()).faults).toEqual([]);
    const other = hostOf([diary.entry(StoreModule, 'x')]);
    await other.start();
    await Promise.all([other.stop(), other.stop()]);
    expect(diary.lines.filter((line) => line === 'stop x')).toHaveLength(1);
  });

  test('during start waits for the provider at work, starts no other and undoes', async () => {
    const diary = new Diary();
    let release = (): void => undefined;
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = diary.entry(StoreModule, 'slow', {
      start: async () => {
        entered();
        await gate;
        return () => void diary.lines.push('stop slow');
      },
    });
    const host = hostOf([slow, diary.entry(UserModule, 'next', { requires: [StoreModule] })]);
    const starting = faultsFrom(() => host.start());
    await inside;
    const stopping = host.stop();
    release();
    expect((await stopping).faults).toEqual([]);
    expect(codes(await starting)).toEqual(['KERNEL_START_ABORTED']);
    expect(diary.lines).toEqual(['register slow', 'register next', 'stop slow']);
  });

  test('during a start that never ends reports it at the deadline', async () => {
    const { slow, inside } = gated();
    const host = hostOf([store(), slow], { stopDeadlineMs: 10 });
    void host.start();
    await inside;
    const { faults } = await host.stop();
    expect(codes([...faults])).toEqual(['KERNEL_STOP_DEADLINE']);
    expect(faults[0]?.message).toContain('the start of user/slow');
  });

  test('during start keeps the faults of the undo, whoever began it', async () => {
    const { slow, inside, release } = gated();
    const bad = provider(StoreModule, 's', {
      register: ({ bind }) => bind(StoreReader).toValue({ text: '' }),
      start: () => () => Promise.reject(new Error('stuck')),
    });
    const host = hostOf([bad, slow, provider(UserModule, 'next', { requires: [StoreModule] })]);
    const starting = faultsFrom(() => host.start());
    await inside;
    const stopping = host.stop();
    release();
    // The failed start undoes as well: neither of the two may take what went wrong from the other.
    expect(codes(await starting)).toEqual(['KERNEL_START_ABORTED']);
    const { faults } = await stopping;
    expect(codes([...faults])).toEqual(['KERNEL_STOP_FAILED']);
    expect(faults[0]?.message).toContain('store/s');
  });

  test('a failed start and a stop at one time stop each provider once', async () => {
    const diary = new Diary();
    let [fail, enter] = [(): void => undefined, (): void => undefined];
    const inside = new Promise<void>((resolve) => (enter = resolve));
    const start = (): Promise<void> => {
      enter();
      return new Promise((_, reject) => (fail = () => reject(new Error('no'))));
    };
    const last = provider(UserModule, 'last', { requires: [StoreModule, ToolModule], start });
    const host = hostOf([diary.entry(StoreModule, 's'), diary.entry({ ...ToolModule, services: [] }, 't'), last]);
    const starting = faultsFrom(() => host.start());
    await inside;
    fail();
    const stopped = host.stop();
    expect(codes(await starting)).toEqual(['KERNEL_START_FAILED']);
    expect((await stopped).faults).toEqual([]);
    expect(diary.lines.filter((line) => line.startsWith('stop'))).toEqual(['stop t', 'stop s']);
  });

  test('a host that was stopped does not start again', async () => {
    const host = hostOf([store()]);
    await host.stop();
    expect(codes(await faultsFrom(() => host.start()))).toEqual(['KERNEL_START_ABORTED']);
  });
});
