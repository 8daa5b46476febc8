/** Unpacks Snappy's block format, in which GitHub keeps attestation bundles (google/snappy, format_description.txt). */

/** Throws an Error where the bytes are none, or would become more than `most` bytes. */
export function unpackSnappy(packed: Buffer, most: number): Buffer {
  const [length, start] = readLength(packed);
  if (length > most) throw new Error(`it would become ${length} bytes, more than ${most}`);
  const out = Buffer.alloc(length);
  let at = start;
  let written = 0;
  while (at < packed.length) {
    const element = readElement(packed, at);
    at = element.next;
    if (written + element.length > length) throw new Error("it holds more than it says");
    if (element.kind === "literal") {
      if (at + element.length > packed.length) throw new Error("it is cut short");
      packed.copy(out, written, at, at + element.length);
      at += element.length;
    } else {
      if (element.offset === 0 || element.offset > written) throw new Error("it repeats what is not there");
      // Byte by byte: a copy may overlap what it makes.
      for (let index = 0; index < element.length; index++) {
        out[written + index] = out[written + index - element.offset] ?? 0;
      }
    }
    written += element.length;
  }
  if (written !== length) throw new Error("it is cut short");
  return out;
}

/** The unpacked length, a little-endian varint of at most 32 bits, and where it ends. */
function readLength(packed: Buffer): [number, number] {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = packed[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw new Error("it does not begin with a length");
}

type Element =
  { kind: "literal"; length: number; next: number } | { kind: "copy"; length: number; offset: number; next: number };

function readElement(packed: Buffer, at: number): Element {
  const tag = packed[at] ?? 0;
  const high = tag >> 2;
  switch (tag & 3) {
    case 0: {
      const bytes = Math.max(0, high - 59);
      const length = bytes === 0 ? high : littleEndian(packed, at + 1, bytes);
      return { kind: "literal", length: length + 1, next: at + 1 + bytes };
    }
    case 1: {
      const offset = ((tag >> 5) << 8) + littleEndian(packed, at + 1, 1);
      return { kind: "copy", length: (high & 7) + 4, offset, next: at + 2 };
    }
    case 2:
      return { kind: "copy", length: high + 1, offset: littleEndian(packed, at + 1, 2), next: at + 3 };
    default:
      return { kind: "copy", length: high + 1, offset: littleEndian(packed, at + 1, 4), next: at + 5 };
  }
}

function littleEndian(packed: Buffer, at: number, bytes: number): number {
  if (at + bytes > packed.length) throw new Error("it is cut short");
  return packed.readUIntLE(at, bytes);
}
