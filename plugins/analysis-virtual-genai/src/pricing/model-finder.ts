/**
 * Finds the entry that prices a model: first in the files of who sends the bill (the host, else the provider of the
 * call), then with the maker of the model, where that is allowed. Later layers go before earlier ones.
 */
import type { PriceFile, PriceLayer } from './entry.js';
import { FileIndex, type Found, type Trace } from './file-index.js';

export interface FindRequest {
  readonly provider: string;
  readonly model: string;
  readonly host: string;
}

/** Names longer than this are no model's. */
const maxNameLength = 300;
/** What a deployment is mapped to when no list price holds for it, e.g. a model run in the own house. */
export const unpriced = 'unpriced';

export class ModelFinder {
  /** Last layer first. */
  private readonly layers: readonly (readonly FileIndex[])[];
  private readonly beginnings: readonly { readonly text: string; readonly provider: string }[];
  private readonly deployments: ReadonlyMap<string, string>;

  constructor(layers: readonly PriceLayer[], deployments: Readonly<Record<string, string>>) {
    this.layers = layers.map((files) => files.map((file) => new FileIndex(file))).reverse();
    const files = this.layers.flat().map(({ file }) => file);
    this.beginnings = files
      .flatMap(({ begins, provider }) => begins.map((text) => ({ text, provider })))
      .sort((left, right) => right.text.length - left.text.length);
    this.deployments = new Map(Object.entries(deployments).map(([name, model]) => [name.toLowerCase(), model.toLowerCase()]));
  }

  /** The longest beginning wins; of equal ones that of the later layer. */
  providerOf(model: string): string | undefined {
    const name = model.toLowerCase();
    return this.beginnings.find(({ text }) => name.startsWith(text))?.provider;
  }

  /** Mapped by its own name, whatever the host. */
  isDeployment(name: string): boolean {
    return this.deployments.has(name.trim().toLowerCase());
  }

  find(request: FindRequest, trace?: Trace): Found | undefined {
    const host = hostName(request.host);
    const model = this.deployed(request.model.trim().toLowerCase(), host, trace);
    if (model === '' || model.length > maxNameLength) return undefined;
    if (model === unpriced) return undefined;
    return this.findIn(this.serving(request.provider.trim().toLowerCase(), host, trace), model, trace);
  }

  private deployed(model: string, host: string, trace: Trace | undefined): string {
    const keys = host === '' ? [model] : [`${host}/${model}`, `${host}/*`, model];
    for (const key of keys) {
      const mapped = this.deployments.get(key);
      if (mapped === undefined) continue;
      trace?.(`pricing.deployments: ${key} is ${mapped}`);
      return mapped;
    }
    return model;
  }

  /** Files of whoever sends the bill; a known host tells more than a provider's name, for many speak OpenAI's API. */
  private serving(provider: string, host: string, trace: Trace | undefined): readonly PriceFile[] {
    const files = this.layers.flat().map(({ file }) => file);
    const byHost = host === '' ? [] : files.filter(({ hosts }) => hosts.some((one) => isHost(one, host)));
    if (byHost.length > 0) {
      trace?.(`the host ${host} is of ${listed(byHost)}`);
      return byHost;
    }
    const byName = files.filter(({ serves }) => serves.includes(provider));
    trace?.(byName.length > 0 ? `the provider ${provider} is served by ${listed(byName)}` : `no file serves the provider "${provider}": the maker's list price holds`);
    return byName;
  }

  private findIn(serving: readonly PriceFile[], model: string, trace: Trace | undefined): Found | undefined {
    const own = this.first(withUsed(serving), model, trace);
    if (own !== undefined) return own;
    if (serving.length > 0 && !serving.some(({ compatible }) => compatible)) {
      trace?.(`${listed(serving)}: no model "${model}"`);
      return undefined;
    }
    if (serving.length > 0) trace?.(`${listed(serving)}: no model "${model}"; others speak its API: looking with all makers`);
    return this.ofMaker(model, trace);
  }

  private first(providers: readonly string[], model: string, trace: Trace | undefined): Found | undefined {
    const all = this.layers.flat();
    for (const index of providers.flatMap((provider) => all.filter(({ file }) => file.provider === provider))) {
      const found = index.find(model, trace);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of several files of one layer that know the name, the one whose beginnings claim it; no other is believed. */
  private ofMaker(model: string, trace: Trace | undefined): Found | undefined {
    for (const layer of this.layers) {
      const known = layer.filter((index) => !index.file.hosted && index.find(model, undefined) !== undefined);
      const claimed = known.length > 1 ? known.filter(({ file }) => file.provider === this.providerOf(nameOnly(model))) : known;
      if (known.length > 1 && claimed.length !== 1) trace?.(`several files know "${model}": ${known.map(({ file }) => file.provider).join(', ')}; none is chosen`);
      if (known.length > 0) return claimed.length === 1 ? claimed[0]?.find(model, trace) : undefined;
    }
    trace?.(`no file knows "${model}"`);
    return undefined;
  }
}

function withUsed(serving: readonly PriceFile[]): readonly string[] {
  return [...new Set([...serving.map(({ provider }) => provider), ...serving.flatMap(({ uses }) => uses)])];
}

function listed(files: readonly PriceFile[]): string {
  return [...new Set(files.map(({ provider }) => provider))].join(', ');
}

/** `.example.com` is any host below it; `*` in a longer name is one or more characters without a dot. */
function isHost(pattern: string, host: string): boolean {
  if (pattern.startsWith('.')) return host.endsWith(pattern);
  const star = pattern.indexOf('*');
  if (star < 0) return host === pattern;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  const middle = host.slice(before.length, host.length - after.length);
  return middle !== '' && !middle.includes('.') && host === before + middle + after;
}

/** Behind a vendor's name: `anthropic/claude-sonnet-4.5`. */
function nameOnly(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

/** Without scheme, path and port. */
export function hostName(address: string): string {
  if (address === '') return '';
  return address.toLowerCase().replace(/^[a-z]+:\/\//, '').replace(/[/?#].*$/, '').replace(/:\d+$/, '');
}
