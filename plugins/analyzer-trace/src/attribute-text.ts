/** Values of attributes as they are stored; shared with other analyzers. */
export { attributesJson, canonicalJson, storedValue, type CutEvents, type TextLimits } from '@meterlark/core';
