/** Rows of records from plain objects. */
export { recordRows } from '../model/record-building.js';
