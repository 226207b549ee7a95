/** Which columns a question looks at. */
import type { GroupQuery, RecordModel, RecordQuery, RecordSelection } from '@meterlark/core';

/** Each once; of versioned models with what tells versions apart. */
export function columnsOfRows(query: RecordQuery): readonly string[] {
  const asked = query.columns ?? query.model.columns.map(({ name }) => name);
  return [...new Set([...columnsOfSelection(query), ...asked, ...query.orderBy.map(({ column }) => column)])];
}

export function columnsOfGroups(query: GroupQuery): readonly string[] {
  const measured = query.measures.flatMap((measure) => (measure.of === 'count' ? (measure.where ?? []).map(({ column }) => column) : [measure.column]));
  return [...new Set([...columnsOfSelection(query), ...query.by.map(({ column }) => column), ...measured])];
}

function columnsOfSelection({ model, where }: RecordSelection): readonly string[] {
  return ['tenant', 'time', ...versionColumns(model), ...where.map(({ column }) => column)];
}

function versionColumns({ key }: RecordModel): readonly string[] {
  return key === undefined ? [] : [...key, 'revision'];
}
