/** Control characters, line and paragraph separators, and characters that change the direction of text. Source: Unicode, UAX 9. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A text that cannot change how a terminal shows it: such characters, but line breaks and tabs, are written as `\\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (sign) =>
    sign === '\n' || sign === '\t' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
