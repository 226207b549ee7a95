import { positive, type SettingsSchema } from '../../kernel/definition.js';
import { maskRules, type MaskRuleSetting } from './rules.js';

export interface MaskingSettings {
  readonly rules: readonly MaskRuleSetting[];
  readonly hashSecret: string;
  readonly maxTextLength: number;
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
  maxTextLength: {
    doc: 'Characters of the longest text that rules with a pattern or a path look into; a longer one is masked whole. Searching takes the server some ten milliseconds per rule and million characters.',
    format: positive,
    default: 1_000_000,
  },
};
