/**
 * The one door to inversify. Every provider has a container of its own without a parent: it holds what the provider
 * bound, the ambient services, and links to the services of the modules it requires. Nothing else is reachable.
 */
import 'reflect-metadata/lite';
import { Container, inject as inversifyInject, injectable as inversifyInjectable } from 'inversify';
import type { Binder, Resolver } from './definition.js';
import { isMeterlarkError } from './error.js';
import { kernelErrors, reasonOf } from './errors.js';
import type { ServiceToken } from './token.js';

/** Marks a constructor parameter with the service it receives. */
export function inject(token: ServiceToken<unknown>): ParameterDecorator {
  return inversifyInject(token.key);
}

/** Marks a class that `toClass` may make. */
export function injectable(): ClassDecorator {
  return inversifyInjectable();
}

/** Carried by inversify's own errors. */
const inversifyMark = Symbol.for('@inversifyjs/core/InversifyCoreError');

export interface Outside {
  /** The service of another provider; throws the coded reason when there is none or more than one. */
  one(token: ServiceToken<unknown>, asker: string): unknown;
  all(token: ServiceToken<unknown>): readonly unknown[];
  /** Constant's name of the module that promises the service, e.g. `StorageModule`, for the cure of a look-up outside. */
  moduleConstantOf(token: ServiceToken<unknown>): string;
}

export class ProviderContainer implements Resolver {
  private readonly container = new Container();
  private readonly own = new Set<symbol>();
  private readonly visible = new Set<symbol>();
  /** The look-ups as plain functions, so that callers may take them apart. */
  readonly resolver: Resolver = { get: (token) => this.get(token), all: (token) => this.all(token) };

  constructor(
    readonly identity: string,
    private readonly outside: Outside,
  ) {}

  /** Gives the provider an ambient service. */
  lend<T>(token: ServiceToken<T>, value: T): void {
    this.container.bind(token.key).toConstantValue(value);
    this.visible.add(token.key);
  }

  /** Makes services of a required module visible; what the provider bound itself comes first. */
  connect(tokens: readonly ServiceToken<unknown>[]): void {
    for (const token of tokens) {
      this.visible.add(token.key);
      if (this.container.isBound(token.key)) continue;
      this.container.bind(token.key).toDynamicValue(() => this.outside.one(token, this.identity));
    }
  }

  has(token: ServiceToken<unknown>): boolean {
    return this.own.has(token.key);
  }

  bind<T>(token: ServiceToken<T>): Binder<T> {
    const claim = (): void => {
      if (this.container.isBound(token.key)) throw kernelErrors.METERLARK_KERNEL_BOUND_TWICE(this.fieldsOf(token));
      this.own.add(token.key);
    };
    return {
      toValue: (value) => {
        claim();
        this.container.bind(token.key).toConstantValue(value);
      },
      toClass: (constructor) => {
        claim();
        this.explain(token, () => this.container.bind(token.key).to(constructor as new () => T).inSingletonScope());
      },
      toFactory: (make) => {
        claim();
        this.container.bind(token.key).toDynamicValue(this.guarded(token, make)).inSingletonScope();
      },
    };
  }

  get<T>(token: ServiceToken<T>): T {
    if (!this.container.isBound(token.key)) throw this.unreachable(token);
    return this.explain(token, () => this.container.get<T>(token.key));
  }

  all<T>(token: ServiceToken<T>): readonly T[] {
    if (!this.visible.has(token.key)) throw this.unreachable(token);
    return this.outside.all(token) as readonly T[];
  }

  /** A factory that meets itself while it runs would recurse until the stack ends; it is told apart here. */
  private guarded<T>(token: ServiceToken<T>, make: (resolver: Resolver) => T): () => T {
    let making = false;
    return () => {
      if (making) throw kernelErrors.METERLARK_KERNEL_CIRCULAR_SERVICES(this.fieldsOf(token));
      making = true;
      try {
        return make(this.resolver);
      } finally {
        making = false;
      }
    };
  }

  private unreachable(token: ServiceToken<unknown>): Error {
    const ownModule = this.identity.slice(0, this.identity.indexOf('/') + 1).replace('/', '.');
    if (token.name.startsWith(ownModule)) return kernelErrors.METERLARK_KERNEL_NOT_BOUND(this.fieldsOf(token));
    const module = this.outside.moduleConstantOf(token);
    return kernelErrors.METERLARK_KERNEL_NOT_VISIBLE({ ...this.fieldsOf(token), module });
  }

  /** Our own errors pass as they are; inversify's are about a class that cannot be made. */
  private explain<R>(token: ServiceToken<unknown>, work: () => R): R {
    try {
      return work();
    } catch (error) {
      for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
        if (isMeterlarkError(inner)) throw inner;
      }
      if (!(error instanceof Error) || !(inversifyMark in error)) throw error;
      const [reason] = reasonOf(error).split('\n');
      throw kernelErrors.METERLARK_KERNEL_CLASS_NOT_MADE({ ...this.fieldsOf(token), reason }, error);
    }
  }

  private fieldsOf(token: ServiceToken<unknown>): { provider: string; service: string } {
    return { provider: this.identity, service: token.name };
  }
}
