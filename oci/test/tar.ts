/** An entry of an archive as a test wants it, however wrong. */
export interface Entry {
  readonly path: string;
  readonly content?: Uint8Array;
  /** `0` a file, `2` a symbolic link, `5` a folder, `x` pax, `L` GNU's long name. */
  readonly type?: string;
  /** What the header says, where that is not the truth. */
  readonly size?: number;
}

/** A tar archive of these entries. */
export function tar(...entries: readonly Entry[]): Uint8Array {
  return Buffer.concat([...entries.map(encode), new Uint8Array(1024)]);
}

function encode({ path, content = new Uint8Array(), type = "0", size = content.length }: Entry): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write(size.toString(8).padStart(11, "0"), 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0", 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return Buffer.concat([header, content, new Uint8Array((512 - (content.length % 512)) % 512)]);
}
