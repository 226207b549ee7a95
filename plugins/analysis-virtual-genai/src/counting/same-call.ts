/** Whether two spans may be views of one call. */
import { isSameModel, type ModelCall } from '@meterlark/core';

type Names = Pick<ModelCall, 'operation' | 'model' | 'requestModel'>;

/** Two views of one call: the same operation on a model of the same name, as far as each knows it. */
export function isSame(one: Names, other: Names): boolean {
  if (one.operation !== other.operation) return false;
  return isSameModel(one.model, other.model) || isSameModel(one.requestModel, other.requestModel);
}
