/** How each page begins that this program writes. */
export const MARK = '<!-- Written by npm run docs';

/** The first line of a page. */
export const WRITTEN = `${MARK}. -->`;
