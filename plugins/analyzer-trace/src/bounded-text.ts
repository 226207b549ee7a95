/** Sizes that the server chooses; shared with other analyzers. */
export { boundedName, boundedText, maxNameLength } from '@meterlark/core';
