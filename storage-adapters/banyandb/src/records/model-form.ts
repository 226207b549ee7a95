/** Which models can be stored, and what the forms that they had over time have in common. */
import type { RecordColumn, RecordModel } from '@meterlark/core';
import { banyanErrors } from '../errors.js';

/** Rejects a model that cannot be stored. */
export function checkModel(model: RecordModel): void {
  const [tenant, time] = model.columns;
  const names = model.columns.map((column) => column.name);
  const used = [...model.sortBy, ...(model.key ?? []), ...(model.key === undefined ? [] : ['revision']), ...(model.traceId === undefined ? [] : [model.traceId])];
  const unknown = used.find((name) => !names.includes(name));
  const wrong = [model.name, ...names].find((name) => !/^[a-z][a-z0-9_]{0,63}$/.test(name));
  const refuse = (isWrong: boolean, reason: string): void => {
    if (isWrong) throw banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: `the model ${model.name}`, reason });
  };
  refuse(tenant?.name !== 'tenant' || tenant.type !== 'word' || time?.name !== 'time' || time.type !== 'time', 'its columns do not begin with tenant (word) and time (time)');
  refuse(unknown !== undefined, `it has no column ${unknown}`);
  refuse(model.key?.includes('time') === false, 'its key does not hold time');
  refuse(new Set(names).size < names.length, 'it has two columns of one name');
  refuse(wrong !== undefined, `${wrong} is no name for a model or column`);
}

/**
 * Of two forms of a model the one with the columns of both: a process of before may install its form beside a newer one.
 * `known` itself when `other` adds nothing.
 */
export function joinForms(known: RecordModel, other: RecordModel): RecordModel {
  if (known === other) return known;
  const conflict = (reason: string): Error => banyanErrors.METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT({ what: `The model ${known.name}`, reason });
  if (fixedParts(known) !== fixedParts(other)) throw conflict('order, key, lifetime or trace id differ');
  const columns = new Map(known.columns.map((column) => [column.name, column]));
  let changes = 0;
  for (const column of other.columns) {
    const present = columns.get(column.name);
    if (present !== undefined && (present.type !== column.type || (present.optional === true) !== (column.optional === true))) {
      throw conflict(`the column ${column.name} is of another type`);
    }
    const joined = present === undefined ? column : joinColumns(present, column);
    if (joined === present) continue;
    columns.set(column.name, joined);
    changes += 1;
  }
  return changes === 0 ? known : { ...known, columns: [...columns.values()] };
}

function fixedParts({ sortBy, key, lifetime, traceId }: RecordModel): string {
  return JSON.stringify([sortBy, key, lifetime, traceId]);
}

function joinColumns(known: RecordColumn, other: RecordColumn): RecordColumn {
  const lookedUp = known.lookedUp === true || other.lookedUp === true;
  return lookedUp === (known.lookedUp === true) ? known : { ...known, lookedUp };
}
