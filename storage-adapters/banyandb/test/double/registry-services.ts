/** The registry's services. */
import { status } from '@grpc/grpc-js';
import { Failure, invalid, notFound } from './failures.js';
import type { MetadataMessage } from './messages.js';
import type { Registry } from './registry.js';
import type { ObjectKind, RegistryObject } from './registry-objects.js';
import { longOf } from './values.js';

export type Handler = (request: object) => object;

/** 0.10 answers the changes of groups, rules and bindings without a revision. */
const silentIn010: readonly ObjectKind[] = ['group', 'indexRule', 'indexRuleBinding', 'property'];

export interface RegistryOptions {
  readonly version010: boolean;
  /** Drops the data of a group. */
  readonly forget: (group: string) => void;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function objectService(kind: Exclude<ObjectKind, 'group'>, registry: Registry, { version010 }: RegistryOptions): Record<string, Handler> {
  const revised = (revision: bigint): object => (version010 && silentIn010.includes(kind) ? {} : { modRevision: longOf(revision) });
  const objectOf = (request: object): RegistryObject => (request as Record<string, RegistryObject | undefined>)[kind] ?? {};
  const named = (request: object): { group: string; name: string } => {
    const { group = '', name = '' } = (request as { metadata?: MetadataMessage }).metadata ?? {};
    return { group, name };
  };
  return {
    Create: (request) => revised(registry.create(kind, objectOf(request))),
    Update: (request) => revised(registry.update(kind, objectOf(request))),
    Delete: (request) => {
      const { group, name } = named(request);
      return { deleted: registry.delete(kind, group, name) };
    },
    Get: (request) => {
      const { group, name } = named(request);
      const found = registry.find(kind, group, name);
      if (found === undefined) throw notFound();
      return { [kind]: found };
    },
    List: (request) => {
      const { group = '' } = request as { group?: string };
      if (group === '') throw invalid('banyandb: input is invalid');
      return { [kind === 'property' ? 'properties' : kind]: registry.list(kind, group) };
    },
    Exist: (request) => {
      const { group, name } = named(request);
      return { hasGroup: registry.find('group', '', group) !== undefined, [`has${capital(kind)}`]: registry.find(kind, group, name) !== undefined };
    },
  };
}

export function groupService(registry: Registry, { version010, forget }: RegistryOptions): Record<string, Handler> {
  const revised = (revision: bigint): object => (version010 ? {} : { modRevision: longOf(revision) });
  const nameOf = (request: object): string => (request as { group?: string }).group ?? '';
  return {
    Create: (request) => revised(registry.create('group', (request as { group?: RegistryObject }).group ?? {})),
    Update: (request) => revised(registry.update('group', (request as { group?: RegistryObject }).group ?? {})),
    Delete: (request) => {
      const name = nameOf(request);
      if (name.startsWith('_')) throw new Failure(status.PERMISSION_DENIED, `cannot delete internal system group ${name}`);
      if (registry.find('group', '', name) === undefined) throw notFound();
      registry.deleteGroup(name);
      forget(name);
      return {};
    },
    Get: (request) => {
      const found = registry.find('group', '', nameOf(request));
      if (found === undefined) throw notFound();
      return { group: found };
    },
    List: () => ({ group: registry.list('group', '') }),
    Exist: (request) => ({ hasGroup: registry.find('group', '', nameOf(request)) !== undefined }),
  };
}
