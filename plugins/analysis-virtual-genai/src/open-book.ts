/** The price book that calls are priced by. */
import { genAiErrors } from './errors.js';
import type { FilePriceBook } from './pricing/file-price-book.js';
import { loadBook, type PricingSettings } from './pricing/load-book.js';

/** Rejects with all faults of all price files: a server that prices by half a book would be believed. */
export async function openBook(settings: PricingSettings, rootFolder: string): Promise<FilePriceBook> {
  const { book, faults } = await loadBook(settings, rootFolder);
  if (faults.length > 0) throw genAiErrors.METERLARK_GENAI_PRICES({ count: faults.length }, new AggregateError(faults));
  return book;
}
