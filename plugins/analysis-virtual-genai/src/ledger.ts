/** callRow and callOf live in core (core/src/model/call-record.ts), because the query layer reads calls too: import them from '@meterlark/core'. Delete this file. */
export { callOf, callRow } from '@meterlark/core';
