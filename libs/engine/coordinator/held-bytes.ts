const BEYOND_LATIN_1 = /[^\0-\xff]/;

/** What a string holds in memory: two bytes for each of its characters as soon as one of them needs them. */
export const heldBytes = (text: string): number => (BEYOND_LATIN_1.test(text) ? 2 : 1) * text.length;
