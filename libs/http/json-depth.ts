/**
 * Whether the nesting of a JSON text stays within a depth. Looks at bytes only, so that a hostile text is refused before JSON.parse
 * builds anything of it. UTF-8 only: all bytes it compares are ASCII, which never occur inside a longer UTF-8 sequence.
 */
export function isWithinJsonDepth(text: Uint8Array, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (inString) {
      if (byte === 0x5c) i++; // backslash: skips what it escapes
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return false;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return true;
}
