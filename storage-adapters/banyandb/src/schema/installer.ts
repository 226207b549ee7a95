/**
 * Installs schemas and lets them grow. Rounds of looking and changing go on until a round finds nothing to change: servers that
 * install at the same time overwrite each other's additions (the registry takes the last writer), and each then adds its own again.
 *
 * There is no top-n aggregation: the server would rank the rows of single writers and sources, and those must be merged before they
 * can be compared.
 */
import type { Logger } from '@meterlark/core';
import { grpcStatus, statusOf, type BanyanCalls } from '../connection/calls.js';
import { banyanErrors } from '../errors.js';
import { changedGroup, conflict } from './compare.js';
import { groupMessage } from './messages.js';
import type { BanyanSchema, GroupSpec, IndexSpec, SchemaSpec } from './model.js';
import { Planner, type Change } from './plan.js';
import { Registry } from './registry.js';
import { Visibility } from './visibility.js';

export interface InstallerTiming {
  /** Until a new schema is known to all nodes. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Long enough for another server to write what it read before our change, so that the next round sees its loss. */
const settleMs = 300;
/** Without a barrier the caches of a cluster follow the registry in this time; writers try again when they do not. */
const unknownMs = 200;
const refusalsInARow = 5;
const mostRounds = 50;
const maxRemembered = 10_000;

/** What may be gone in the next round: somebody else has made, changed or removed it, or a node was not up to date. */
const worthAnotherLook: ReadonlySet<number | undefined> = new Set([
  grpcStatus.alreadyExists, grpcStatus.notFound, grpcStatus.aborted, grpcStatus.failedPrecondition, grpcStatus.unknown, grpcStatus.internal,
]);

export class BanyanSchemaInstaller implements BanyanSchema {
  private readonly registry: Registry;
  private readonly visibility: Visibility;
  private readonly installed = new Map<string, SchemaSpec>();
  private readonly readyGroups = new Set<string>();
  private last: Promise<void> = Promise.resolve();

  constructor(
    calls: BanyanCalls,
    private readonly groups: ReadonlyMap<string, GroupSpec>,
    private readonly logger: Logger,
    private readonly timing: InstallerTiming,
  ) {
    this.registry = new Registry(calls);
    this.visibility = new Visibility(calls, timing.now);
  }

  /** One after the other: each looks at what the one before has made. */
  install(specs: readonly SchemaSpec[]): Promise<void> {
    return this.afterOthers(() => this.installNew(specs));
  }

  /**
   * Looks again at all that was installed here: for a server that was lost for a moment. It keeps changes of its registry in memory
   * for 5 s (its `schema-server-flush-timeout`) and loses them when it stops, also when it is told to.
   */
  reinstall(): Promise<void> {
    return this.afterOthers(async () => {
      this.readyGroups.clear();
      this.registry.forget();
      await this.untilNothingChanges([...this.installed.values()], { wereInstalled: true });
    });
  }

  private afterOthers(run: () => Promise<void>): Promise<void> {
    const done = this.last.then(run);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async installNew(specs: readonly SchemaSpec[]): Promise<void> {
    const missing = specs.map((spec) => ({ spec, text: JSON.stringify(spec) })).filter(({ text }) => !this.installed.has(text));
    if (missing.length === 0) return;
    await this.untilNothingChanges(
      missing.map(({ spec }) => spec),
      { wereInstalled: false },
    );
    for (const { spec, text } of missing) if (this.installed.size < maxRemembered) this.installed.set(text, spec);
  }

  private async untilNothingChanges(specs: readonly SchemaSpec[], { wereInstalled }: { readonly wereInstalled: boolean }): Promise<void> {
    const planner = new Planner(this.registry, { wereInstalled, leftOut: this.leftOutOnce() });
    const byGroup = groupBy(specs);
    const deadlineMs = this.timing.now() + this.timing.timeoutMs;
    let refusals = 0;
    for (let round = 0; ; round += 1) {
      const changes = await this.changes(planner, byGroup);
      if (changes.length === 0) return this.seen(false, deadlineMs, specs);
      if (round >= mostRounds || (round > 0 && this.timing.now() >= deadlineMs)) throw notApplied(namesOf(changes), 'other servers change it again and again');
      const refusal = await this.apply(changes);
      refusals = refusal === undefined ? 0 : refusals + 1;
      if (refusals >= refusalsInARow) throw refusal;
      await this.pause(changes, deadlineMs, specs);
    }
  }

  /** Groups come first: nothing can be listed or made in one that is not there. */
  private async changes(planner: Planner, byGroup: ReadonlyMap<string, readonly SchemaSpec[]>): Promise<readonly Change[]> {
    const groups = await this.groupChanges([...byGroup.keys()]);
    const objects: Change[] = [];
    for (const [group, specs] of byGroup) objects.push(...(await planner.changes(group, specs)));
    return [...groups, ...objects];
  }

  /** A group is compared once in a process: two servers with other settings would otherwise change it in turns. */
  private async groupChanges(names: readonly string[]): Promise<readonly Change[]> {
    const unready = names.filter((name) => !this.readyGroups.has(name));
    if (unready.length === 0) return [];
    const stored = await this.registry.list('group');
    return unready.flatMap((name): readonly Change[] => {
      const spec = this.groupSpec(name);
      const found = stored.get(name);
      if (found === undefined) return [{ operation: 'create', kind: 'group', name, message: groupMessage(spec) }];
      const message = changedGroup(spec, found);
      if (message !== undefined) return [{ operation: 'update', kind: 'group', name, message }];
      this.readyGroups.add(name);
      return [];
    });
  }

  private groupSpec(name: string): GroupSpec {
    const spec = this.groups.get(name);
    if (spec === undefined) throw conflict(`The group ${name}`, 'no settings describe it');
    return spec;
  }

  /** Stops at the first that is refused, because what follows needs it; its error is returned when another round may do better. */
  private async apply(changes: readonly Change[]): Promise<unknown> {
    for (const change of changes) {
      try {
        await this.registry[change.operation](change.kind, change.message);
      } catch (error) {
        if (!worthAnotherLook.has(statusOf(error))) throw error;
        if (statusOf(error) === grpcStatus.notFound) this.readyGroups.clear();
        return error;
      }
      if (change.kind === 'group') this.readyGroups.add(change.name);
      this.logger.info('schema installed', { operation: change.operation, kind: change.kind, name: change.name });
    }
    return undefined;
  }

  private async pause(changes: readonly Change[], deadlineMs: number, specs: readonly SchemaSpec[]): Promise<void> {
    await this.seen(true, deadlineMs, specs);
    if (changes.some(({ operation }) => operation === 'update')) await this.timing.sleep(settleMs);
  }

  /** Also of what another server made a moment ago: its revision was listed. */
  private async seen(changed: boolean, deadlineMs: number, specs: readonly SchemaSpec[]): Promise<void> {
    const state = await this.visibility.until(this.registry.revision, deadlineMs);
    if (state === 'unknown' && changed) await this.timing.sleep(unknownMs);
    if (typeof state === 'object') throw notApplied(namesOf(specs), `it is missing at ${state.missingAt}`);
  }

  private leftOutOnce(): (spec: SchemaSpec, index: IndexSpec) => void {
    const told = new Set<string>();
    return (spec, index) => {
      if (told.has(index.name)) return;
      told.add(index.name);
      this.logger.warn('index left out: rows stored before it would not be found', { object: spec.name, index: index.name });
    };
  }
}

function groupBy(specs: readonly SchemaSpec[]): ReadonlyMap<string, readonly SchemaSpec[]> {
  const found = new Map<string, SchemaSpec[]>();
  for (const spec of specs) {
    const same = found.get(spec.group);
    if (same === undefined) found.set(spec.group, [spec]);
    else same.push(spec);
  }
  return found;
}

function namesOf(named: readonly { readonly name: string }[]): string {
  return [...new Set(named.map(({ name }) => name))].slice(0, 10).join(', ');
}

function notApplied(what: string, reason: string): Error {
  return banyanErrors.METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED({ what, reason });
}
