import type { RecordModel, SchemaInstaller } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import type { BanyanSchema } from '../schema/model.js';
import { checkModel, joinForms } from './model-form.js';
import type { RowSource } from './row-source.js';

export interface RecordTablesOptions {
  readonly schema: BanyanSchema;
  /** Of models without a trace id. */
  readonly streamSource: (model: RecordModel) => RowSource;
  /** Of models whose rows are spans of traces. */
  readonly traceSource: (model: RecordModel) => RowSource;
}

/** The models that are installed, each with the place of its rows. */
export class RecordTables implements SchemaInstaller {
  private readonly sources = new Map<string, RowSource>();
  /** One after the other, so that no form is lost between two. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RecordTablesOptions) {}

  async install(models: readonly RecordModel[]): Promise<void> {
    const mine = this.last.then(() => this.installNow(models));
    this.last = mine.catch(() => undefined);
    await mine;
  }

  /** Also of an older or a newer form of the model. */
  sourceOf({ name }: RecordModel): RowSource {
    const source = this.sources.get(name);
    if (source === undefined) throw banyanErrors.METERLARK_STORAGE_BANYANDB_NO_MODEL({ model: name });
    return source;
  }

  private async installNow(models: readonly RecordModel[]): Promise<void> {
    const forms = new Map<string, RecordModel>();
    for (const model of models) {
      checkModel(model);
      const known = forms.get(model.name) ?? this.sources.get(model.name)?.model;
      const form = known === undefined ? model : joinForms(known, model);
      forms.set(model.name, form);
    }
    const changed = [...forms.values()].filter((form) => this.sources.get(form.name)?.model !== form);
    if (changed.length === 0) return;
    const { schema, streamSource, traceSource } = this.options;
    const sources = changed.map((form) => (form.traceId === undefined ? streamSource(form) : traceSource(form)));
    await schema.install(sources.map(({ spec }) => spec));
    for (const source of sources) this.sources.set(source.model.name, source);
  }
}
