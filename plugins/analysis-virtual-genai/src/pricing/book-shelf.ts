/** The price book in force; commands may read the files anew. */
import { serviceToken } from '@meterlark/core';
import { openBook } from '../open-book.js';
import type { FilePriceBook } from './file-price-book.js';
import type { PricingSettings } from './load-book.js';
import type { PriceBook } from './price-book.js';

export class BookShelf {
  private held: FilePriceBook | undefined;

  constructor(
    private readonly settings: PricingSettings,
    private readonly rootFolder: string,
  ) {}

  /** Rejects with all faults of all files. */
  read(): Promise<FilePriceBook> {
    return openBook(this.settings, this.rootFolder);
  }

  /** As `read`; from then on calls are priced by this book. */
  async replace(): Promise<FilePriceBook> {
    this.held = await this.read();
    return this.held;
  }

  /** After the first `replace`. */
  get current(): PriceBook {
    if (this.held === undefined) throw new TypeError('the price book was asked for before it was read');
    return this.held;
  }
}

/** Kept for the provider itself: its start, and its commands. */
export const Shelf = serviceToken<BookShelf>('analysis.virtual-genai.BookShelf');
