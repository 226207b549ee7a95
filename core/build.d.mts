/** Package names of an inventory; file paths are loaded at run time. */
export function packagesOf(inventoryText: string): string[];
