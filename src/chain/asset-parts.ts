/** Files that are too large for one asset, published in parts: `image.wic.part01`, `image.wic.part02`, … */
/** What a release takes. Sizes in bytes. */
export interface AssetLimits {
  /** An asset has less. */
  size: number;
  /** A part has at most so many; less than `size`. */
  part: number;
  /** Assets of one release. */
  count: number;
  /** Characters of a name. */
  name: number;
}

/**
 * GitHub's: an asset has less than 2 GiB (exactly 2 GiB fails), and a release has 1,000 of them. Parts have 2 GB: well below
 * the limit, and a size that people recognise.
 */
export const GITHUB_ASSET_LIMITS: AssetLimits = { size: 2 * 1024 ** 3, part: 2_000_000_000, count: 1000, name: 255 };

/** Bytes of a file that are an asset of their own. */
export interface FilePiece {
  name: string;
  /** Of its first byte. */
  offset: number;
  size: number;
}

/**
 * The parts of a file in their order, all but the last of the same size; none where it fits into one asset. Numbers are padded
 * so that the shell's `NAME.part*` is in order.
 */
export function piecesOf(name: string, size: number, limits: AssetLimits): FilePiece[] {
  if (size < limits.size) return [];
  const count = Math.ceil(size / limits.part);
  const width = Math.max(2, String(count).length);
  return Array.from({ length: count }, (_, index) => {
    const offset = index * limits.part;
    const number = String(index + 1).padStart(width, "0");
    return { name: `${name}.part${number}`, offset, size: Math.min(limits.part, size - offset) };
  });
}
