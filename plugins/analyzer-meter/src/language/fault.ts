import type { ErrorFields, MeterlarkError, TextPosition } from '@meterlark/core';
import type { Place } from './ast.js';

/** Fields of a place that every error of the table malErrors shows. */
export function located(at: Place): { readonly file: string } & TextPosition {
  return { file: at.source.file, ...at.source.locate(at.offset) };
}

type Make = (fields: ErrorFields, cause?: unknown) => MeterlarkError;

export function faultAt(make: Make, at: Place, fields: ErrorFields = {}, cause?: unknown): MeterlarkError {
  return make({ ...located(at), ...fields }, cause);
}
