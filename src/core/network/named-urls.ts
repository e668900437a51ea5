const MAX_DEPTH = 20;

/** All http and https URLs that stand in settings, however deep: what an operator wrote down is named. */
export function urlsIn(settings: unknown, depth = 0): readonly string[] {
  if (typeof settings === "string") return /^https?:\/\//i.test(settings) ? [settings] : [];
  if (typeof settings !== "object" || settings === null || depth > MAX_DEPTH) return [];
  return Object.values(settings).flatMap((value: unknown) => urlsIn(value, depth + 1));
}
