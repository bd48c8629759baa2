import { Document, type ScalarTag, visit } from 'yaml';
import { memoize } from '../base/memoize';

/** What Kubernetes reads as no text beside YAML 1.1, so that text of this form needs quotes: `0o17`, `0B1`, `-_1`, and the key of merges. */
const FURTHER_FORMS: ScalarTag = {
  tag: 'tag:yaml.org,2002:further-form',
  default: true,
  test: /^<<$|^[-+]?_*0_*(?:[xX][\da-fA-F_]+|[oO][0-7_]+|[bB][01_]+)$|^[-+]_+\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?[\d_]+)?$/,
  resolve: (text) => text,
};

/** The tag of the key "<<", which is printed as text. */
const MERGE = 'tag:yaml.org,2002:merge';

/** Text of spaces and line ends only. In a block, its spaces would be taken for indentation. */
const BLANK = /^[ \t\r\n]*[ \t][ \t\r\n]*$/;
const MAY_BE_BLANK = /"(?: |\\[nrt])*\\n(?: |\\[nrt])*"/;

function quoteBlanks(document: Document): void {
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && BLANK.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
}

/** Memoized, since a process may print the same object several times. */
const textOf = memoize((content) => {
  const document = new Document(JSON.parse(content), {
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: (tags) => [...tags.filter((tag) => typeof tag === 'string' || tag.tag !== MERGE), FURTHER_FORMS],
    aliasDuplicateObjects: false,
  });
  if (MAY_BE_BLANK.test(content)) quoteBlanks(document);
  return `---\n${document.toString({ lineWidth: 0, directives: false })}`;
});

/**
 * Prints an object as a YAML document. It begins with `---`, so that concatenated files are one stream. Quoting follows YAML 1.1,
 * because Kubernetes reads "on" and "1e3" as 1.1 does.
 */
export function print(object: unknown): string {
  return textOf(JSON.stringify(object));
}
