/**
 * The packages of the committed inventory as lazy chunks. In sources it is empty and packages are imported by their
 * names; core/build.mjs puts the generated list in its place, so that a bundle loads a provider's chunk when selected.
 */
export const bundledPackages: Readonly<Record<string, () => Promise<unknown>>> = {};
