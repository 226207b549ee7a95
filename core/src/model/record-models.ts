/** Every model of records that this server stores, for programs that go over all of them. A new model is added here too. */
import { callsModel, contentModel } from './calls-model.js';
import { logsModel, topRecordsModel } from './logs-model.js';
import type { RecordModel } from './record.js';
import { facetsModel, spansModel } from './spans-model.js';

export const recordModels: readonly RecordModel[] = [spansModel, facetsModel, logsModel, topRecordsModel, callsModel, contentModel];
