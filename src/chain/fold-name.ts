/** Names as file systems see them that do not tell upper from lower case (macOS, Windows). */

/** Equal for names that are one file there. Up and down again: they take `ß` for `SS`, and `ς` for `σ`. */
export function foldName(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}
