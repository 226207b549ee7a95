/** The rules that run, by layer, and which of them a log goes to. */
import { builtInLayers, reportedLayer } from '@meterlark/core';
import type { LogRule, RuleTools } from '../plan.js';
import type { Samplers } from './samplers.js';

export const generalLayer = 'GENERAL';
/** Of rules that tell the layer of logs that come without one. */
export const autoLayer = 'auto';

export interface RunningRule {
  readonly rule: LogRule;
  readonly tools: RuleTools;
}

/** How logs of one sender are dealt with. */
export interface Route {
  /** Layer that the log is kept in unless a rule says another; GENERAL when `auto` rules leave it. */
  readonly layer: string;
  /** What rules read as the log's layer: "" when nobody said. */
  readonly said: string;
  /** Asked first: they tell which layer it is, or that it is not theirs. */
  readonly auto: readonly RunningRule[];
  readonly rules: readonly RunningRule[];
}

const none: readonly RunningRule[] = [];

export class RuleBook {
  /** Changes with the rules. */
  version = 0;
  private byLayer = new Map<string, RunningRule[]>();
  private running: readonly RunningRule[] = none;
  private layers: ReadonlySet<string> = new Set(builtInLayers.map(({ name }) => name));
  private defined: ReadonlySet<string> = new Set();

  constructor(private readonly samplers: Samplers) {}

  /** `layers`: names that rule files define besides the built-in ones. */
  replace(rules: readonly LogRule[], layers: readonly string[]): void {
    for (const { tools } of this.running) this.samplers.forget(tools);
    this.running = rules.filter(({ runs }) => runs).map((rule) => ({ rule, tools: this.samplers.tools() }));
    this.byLayer = new Map();
    for (const each of this.running) {
      const { layer } = each.rule;
      const known = this.byLayer.get(layer);
      if (known === undefined) this.byLayer.set(layer, [each]);
      else known.push(each);
    }
    this.defined = new Set(layers);
    this.layers = new Set([...builtInLayers.map(({ name }) => name), ...layers]);
    this.version += 1;
  }

  /** `said`: what the sender calls the layer; "" for nothing. A layer without rules is kept by those of GENERAL. */
  route(said: string): Route {
    const general = this.byLayer.get(generalLayer) ?? none;
    if (said === '') return { layer: generalLayer, said, auto: this.byLayer.get(autoLayer) ?? none, rules: general };
    const layer = this.defined.has(said) ? said : reportedLayer(said);
    return { layer, said: layer, auto: none, rules: this.byLayer.get(layer) ?? general };
  }

  /** The layer that a rule names: any there is, also of conjectured services; what is none is GENERAL. */
  named(layer: string): string {
    return this.layers.has(layer) ? layer : generalLayer;
  }
}
