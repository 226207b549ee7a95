/** The files by which others run the server, read as their tools read them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from '@meterlark/core/host';
import { parse, parseAllDocuments } from 'yaml';
import { allProviders } from '../architecture/providers.js';
import { cleanEnvironment, launcher, rootFolder } from './process.js';

export type Environment = Readonly<Record<string, string>>;

export function readRoot(path: string): string {
  return readFileSync(join(rootFolder, path), 'utf8');
}

export function readYaml(path: string): unknown {
  return parse(readRoot(path)) as unknown;
}

export function readDocuments(path: string): readonly unknown[] {
  return parseAllDocuments(readRoot(path)).map((document) => document.toJS() as unknown);
}

export interface Setting {
  readonly variable: string;
  readonly format: string;
  /** As the settings page shows it, without its quotes. */
  readonly preset: string;
}

/** Every setting of the product by its variable, from the declarations that docs/settings.md is made of. */
export async function knownSettings(): Promise<ReadonlyMap<string, Setting>> {
  const rows = settingsTable(await allProviders()).matchAll(/^\| `[^`]+` \| `(METERLARK_\w+)` \| ([^|]*) \| `?([^|]*?)`? \|/gm);
  return new Map([...rows].map(([, variable = '', format = '', preset = '']) => [variable, { variable, format, preset: preset.replaceAll('"', '') }]));
}

/** The selector of a module with one provider is a variable, too, and so is the switch of a provider. */
export async function knownSwitches(): Promise<ReadonlySet<string>> {
  return new Set([...settingsTable(await allProviders()).matchAll(/`(METERLARK_\w+)=[\w-]+`/g)].map(([, name = '']) => name));
}

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Stages of the Dockerfile, each with its instructions, continued lines joined and comments left out. */
export function dockerStages(): readonly (readonly Instruction[])[] {
  const text = readRoot('Dockerfile').replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ');
  const instructions = text.split('\n').filter((line) => line.trim() !== '').map((line) => {
    const [, name = '', rest = ''] = /^(\S+) +(.*)$/.exec(line) ?? [];
    return { name, text: rest };
  });
  const starts = instructions.flatMap(({ name }, place) => (name === 'FROM' ? [place] : []));
  return starts.map((start, index) => instructions.slice(start, starts[index + 1]));
}

/** Of the stage that runs. */
export function finalStage(name: string): readonly string[] {
  return (dockerStages().at(-1) ?? []).filter((instruction) => instruction.name === name).map(({ text }) => text);
}

export function dockerEnvironment(): Environment {
  const pairs = finalStage('ENV').flatMap((text) => [...text.matchAll(/(\w+)=(\S+)/g)]);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** What runs in the container: ENTRYPOINT and CMD, which must be lists, or a shell would keep signals to itself. */
export function dockerCommand(): readonly string[] {
  return [...finalStage('ENTRYPOINT'), ...finalStage('CMD')].flatMap((text) => JSON.parse(text) as string[]);
}

export function dockerHealthCheck(): readonly string[] {
  return JSON.parse(/CMD (\[.*\])$/.exec(finalStage('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[];
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly extra_hosts?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** The environment of a service where the user has set nothing: `${NAME:-default}` is its default. */
export function composeEnvironment(service: ComposeService | undefined): Environment {
  const filled = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  return Object.fromEntries(Object.entries(service?.environment ?? {}).map(([name, value]) => [name, filled(value)]));
}

/** Blocks of one language of a page, in order. */
export function codeBlocks(path: string, language: string): readonly string[] {
  return [...readRoot(path).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
}

/** Rows of the tables of a page, as their cells, without backquotes. */
export function tableRows(path: string): readonly (readonly string[])[] {
  const lines = readRoot(path).split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

/** What the server says of an environment, without starting. */
export function checked(environment: Environment): { readonly code: number | null; readonly said: string } {
  const env = cleanEnvironment(environment);
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'check'], { env, encoding: 'utf8' });
  return { code: status, said: stderr };
}
