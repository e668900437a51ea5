import type { ImageSize } from "./canonical.ts";

/** The one of `ratios` (`16:9`) that is nearest to a size, and whether it is the same. */
export function nearestRatio(
  { width, height }: ImageSize,
  ratios: readonly string[],
): { readonly ratio: string; readonly same: boolean } {
  const asked = Math.log(width / height);
  const far = (ratio: string): number => Math.abs(Math.log(valueOf(ratio)) - asked);
  const ratio = ratios.reduce((best, one) => (far(one) < far(best) ? one : best));
  return { ratio, same: far(ratio) < 0.01 };
}

/** A size that stands for a ratio, its longer side about 1024 pixels long; undefined when it is none. */
export function sizeOfRatio(ratio: string): ImageSize | undefined {
  const [, width, height] = /^(\d{1,3}):(\d{1,3})$/.exec(ratio) ?? [];
  const [w, h] = [Number(width), Number(height)];
  if (!(w > 0 && h > 0)) return undefined;
  const unit = 1024 / Math.max(w, h);
  return { width: Math.round(w * unit), height: Math.round(h * unit), exact: false };
}

function valueOf(ratio: string): number {
  const [width = "1", height = "1"] = ratio.split(":");
  return Number(width) / Number(height);
}
