/** ZIP archives byte by byte, so that every field can lie. Layout: APPNOTE.TXT 4.3. */
import { crc32, deflateRawSync } from "node:zlib";

export interface FixtureEntry {
  name: string | Buffer;
  data?: Buffer | string;
  method?: number;
  /** Unix mode, in the upper half of the external attributes. */
  mode?: number;
  flags?: number;
  /** What stands in the archive instead of the truth. */
  lies?: {
    crc?: number;
    size?: number;
    compressedSize?: number;
    localName?: string;
    offset?: number;
    localFlags?: number;
  };
  /** The bytes as they stand in the archive, instead of `data` compressed. */
  raw?: Buffer;
}

export interface FixtureLies {
  /** In the end record. */
  entryCount?: number;
  directoryOffset?: number;
}

export const UTF8 = 0x0800;

export function zipBytes(entries: FixtureEntry[], lies: FixtureLies = {}): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const fields = fieldsOf(entry);
    const localFields = { ...fields, flags: entry.lies?.localFlags ?? fields.flags };
    const local = localHeader(localFields, Buffer.from(entry.lies?.localName ?? fields.name));
    files.push(local, fields.bytes);
    directory.push(centralHeader(fields, entry.lies?.offset ?? offset));
    offset += local.length + fields.bytes.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(lies.entryCount ?? entries.length, 8);
  end.writeUInt16LE(lies.entryCount ?? entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(lies.directoryOffset ?? offset, 16);
  return Buffer.concat([...files, central, end]);
}

interface Fields {
  name: Buffer;
  bytes: Buffer;
  method: number;
  flags: number;
  crc: number;
  size: number;
  compressedSize: number;
  mode: number;
}

function fieldsOf(entry: FixtureEntry): Fields {
  const data = Buffer.from(entry.data ?? "");
  const method = entry.method ?? (entry.raw === undefined && data.length > 64 ? 8 : 0);
  const bytes = entry.raw ?? (method === 8 ? deflateRawSync(data) : data);
  return {
    name: Buffer.isBuffer(entry.name) ? entry.name : Buffer.from(entry.name),
    bytes,
    compressedSize: entry.lies?.compressedSize ?? bytes.length,
    method,
    flags: entry.flags ?? (Buffer.isBuffer(entry.name) ? 0 : UTF8),
    crc: entry.lies?.crc ?? crc32(data),
    size: entry.lies?.size ?? data.length,
    mode: entry.mode ?? 0o100644,
  };
}

function localHeader(fields: Fields, name: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeCommon(header, 6, fields);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(fields: Fields, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  writeCommon(header, 8, fields);
  header.writeUInt16LE(fields.name.length, 28);
  header.writeUInt32LE((fields.mode << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, fields.name]);
}

/** Flags, method, time, CRC and sizes stand in both headers in the same order. */
function writeCommon(header: Buffer, at: number, { flags, method, crc, compressedSize, size }: Fields): void {
  header.writeUInt16LE(flags, at);
  header.writeUInt16LE(method, at + 2);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(compressedSize, at + 12);
  header.writeUInt32LE(size, at + 16);
}
