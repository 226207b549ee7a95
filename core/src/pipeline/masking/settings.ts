import { positive, type SettingsSchema } from '../../kernel/definition.js';
import { maskRules, type MaskRuleSetting } from './rules.js';

export interface MaskingSettings {
  readonly rules: readonly MaskRuleSetting[];
  readonly hashSecret: string;
  readonly maxTextMs: number;
}

export const maskingSchema: SettingsSchema<MaskingSettings> = {
  rules: {
    doc: 'What is masked before anything is stored: rules of name, match (key, pattern, path), action (replace, hash, drop) and replacement; see docs/masking.md.',
    format: maskRules,
    default: [],
  },
  hashSecret: {
    doc: 'Key of the hashes that the action "hash" writes. Empty: a new one with every start, so that equal texts are not equal across starts.',
    format: 'String',
    default: '',
    sensitive: true,
  },
  maxTextMs: {
    doc: 'Milliseconds that the rules may search one text; one that takes longer is masked whole.',
    format: positive,
    default: 100,
  },
};
