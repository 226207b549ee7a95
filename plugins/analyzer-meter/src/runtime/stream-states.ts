/** What is known of resources, scopes and metrics whose streams are followed. */
import type { Attributes, Metric, Scope } from '@meterlark/core';
import type { Labels } from '../plan.js';
import type { IdentityCache } from './identity-cache.js';
import type { Field } from './route.js';
import type { NotedExport, StartLog } from './start-log.js';
import type { Progress } from './stream.js';
import type { StreamSet } from './stream-set.js';

export interface ResourceState {
  readonly tenant: string;
  readonly key: string;
  /** Source of totals. */
  readonly source: string;
  readonly labels: Labels;
  readonly scopes: IdentityCache<Scope, ScopeState>;
}

export interface ScopeState {
  readonly key: string;
  readonly scope: Scope;
  readonly resource: ResourceState;
  readonly metrics: Map<string, MetricState>;
  /** The first export that was accepted; undefined before it. */
  first: NotedExport | undefined;
  readonly starts: StartLog;
  /** Server time of the last export, for idle expiry. */
  seenMs: number;
}

export interface MetricState {
  readonly key: string;
  readonly family: string;
  readonly scope: ScopeState;
  readonly type: Metric['type'];
  readonly progress: Progress;
  readonly monotonic: boolean;
  readonly streams: IdentityCache<Attributes, StreamSet>;
  /** Of cumulative streams. */
  readonly starts: StartLog;
  /** Of bounds that receivers intern, so that the streams of a metric share them. */
  readonly fields: WeakMap<readonly number[], readonly Field[]>;
}
