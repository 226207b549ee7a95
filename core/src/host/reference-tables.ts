/** Tables of the documentation, made from the declarations themselves so that they cannot drift. */
import type { ErrorDefinition } from '../kernel/error.js';
import type { AnyProvider } from '../kernel/definition.js';
import { switchVariable } from '../kernel/env-names.js';
import { settingLeaves, type SettingLeaf } from '../kernel/provider-config.js';
import { identityOf } from '../kernel/provider-loader.js';
import { describeFormat, showValue } from '../kernel/setting-format.js';
import { hostIdentity, hostSettings } from './host-settings.js';

/** One Markdown section per provider, ordered by identity, those of the process first. */
export function settingsTable(providers: readonly AnyProvider[]): string {
  const sections = providers
    .map((provider) => ({ identity: identityOf(provider), schema: provider.config, arity: provider.module.arity }))
    .sort((left, right) => (left.identity < right.identity ? -1 : 1))
    .map(({ identity, schema, arity }) => section(identity, settingLeaves(identity, schema), switchText(identity, arity)));
  return [section(hostIdentity, settingLeaves(hostIdentity, hostSettings), ''), ...sections].join('\n');
}

/** All codes of all tables in alphabetical order. */
export function errorTable(tables: readonly Readonly<Record<string, ErrorDefinition>>[]): string {
  const rows = tables
    .flatMap((definitions) => Object.entries(definitions))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, { class: kind, message, cure }]) => `| \`${code}\` | ${kind} | ${cell(message)} | ${cell(cure)} |`);
  return ['| code | class | says | cure |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function section(identity: string, leaves: readonly SettingLeaf[], how: string): string {
  const head = [`## ${identity}`, '', ...(how === '' ? [] : [how, ''])];
  if (leaves.length === 0) return [...head, 'No settings.', ''].join('\n');
  const rows = leaves.map(({ path, env, definition }) => {
    const preset = definition.sensitive === true ? 'secret' : `\`${showValue(definition.default)}\``;
    return `| \`${path.join('.')}\` | \`${env}\` | ${cell(describeFormat(definition))} | ${cell(preset)} | ${cell(definition.doc)} |`;
  });
  return [...head, '| key | variable | value | default | meaning |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function switchText(identity: string, arity: 'one' | 'many'): string {
  const [module = '', name = ''] = identity.split('/');
  if (arity === 'one') return `Selected by \`${module}: ${name}\` or \`${switchVariable(module)}=${name}\`.`;
  return `Runs when the inventory lists it; switched off by \`${identity}: off\` or \`${switchVariable(identity)}=off\`.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
