/** 0.10 is the first version whose writes name their tags; later ones have kept what is used here. */
const first = { major: 0, minor: 10 };

/** `further`: texts that are accepted as they are. */
export function isAccepted(version: string, further: readonly string[]): boolean {
  if (further.includes(version)) return true;
  const parts = /^v?(\d{1,6})\.(\d{1,6})(?:[.\-+].*)?$/.exec(version);
  if (parts === null) return false;
  const major = Number(parts[1]);
  return major > first.major || (major === first.major && Number(parts[2]) >= first.minor);
}
