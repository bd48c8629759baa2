import { type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { scalarValue } from './scalars';

/** What is not read here: tabs, other line ends than `\n`, and characters that YAML does not take. */
const UNUSUAL = /[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\uffef]/;

/** A key of usual letters, or a quoted one without escapes, up to its colon. */
const KEY = /(?:([\w./$][\w./$~+@-]{0,200})|"([^"\\\n]{0,200})"|'([^'\n]{0,200})'):(?=[ \n]|$)/y;

/** A scalar on one line, in quotes without escapes or without quotes, to the end of the line. */
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'/y;
const PLAIN = /(?:[^-?:,[\]{}#&*!|>'"%@` \n]|-(?=[^ \n]))(?:[^:#\n]|:(?=[^ \n])|(?<! )#)*/y;
const EMPTY = /\{\}|\[\]/y;
const LITERAL = /\|([+-]?)(?=\n)/y;
/** Space and a comment up to the end of a line. */
const REST = /[ ]*(?:(?<=[ \n])#[^\n]*)?(?=\n|$)/y;

/** Thrown at what is not read here. */
const OTHER = Symbol('other');

const ranged = <T extends Node>(node: T, start: number, end: number): T => {
  node.range = [start, end, end];
  return node;
};

/** Reads mappings, lists and scalars in block style. */
class Reader {
  private at = 0;
  /** Of the line, or of what follows a dash: the columns before it. -1 at the end. */
  private indent = -1;

  constructor(private readonly text: string) {
    const [start = ''] = /^---[ ]*(?=\n|$)/.exec(text) ?? [];
    this.at = start.length;
    this.nextLine();
  }

  root(): Node {
    const node = this.block(this.indent);
    if (this.indent !== -1) throw OTHER;
    return node;
  }

  /** Goes on to the next line with content, from the end of a line. */
  private nextLine(): void {
    const { text } = this;
    while (true) {
      const start = this.at + (text[this.at] === '\n' ? 1 : 0);
      let at = start;
      while (text[at] === ' ') at++;
      this.at = at;
      if (at >= text.length) {
        this.indent = -1;
        return;
      }
      if (text[at] === '#') {
        const end = text.indexOf('\n', at);
        this.at = end === -1 ? text.length : end;
      } else if (text[at] !== '\n') {
        this.indent = at - start;
        return;
      }
    }
  }

  private match(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  private isDash(): boolean {
    return this.text[this.at] === '-' && this.text[this.at + 1] === ' ';
  }

  private block(indent: number): Node {
    return this.isDash() ? this.list(indent) : this.mapping(indent);
  }

  private mapping(indent: number): Node {
    const map = ranged(new YAMLMap<Scalar, Node>(), this.at, this.at);
    while (this.indent === indent && !this.isDash()) {
      const start = this.at;
      const found = this.match(KEY);
      if (found === null) throw OTHER;
      const [whole, plain, double, single] = found;
      const key = ranged(
        new Scalar<unknown>(double ?? single ?? scalarValue(plain as string)),
        start,
        start + whole.length - 1,
      );
      key.type = plain === undefined ? 'QUOTE_DOUBLE' : 'PLAIN';
      map.items.push(new Pair(key, this.value(indent)));
    }
    if (map.items.length === 0 || this.indent > indent) throw OTHER;
    return map;
  }

  /** What follows the colon of a key. A list may begin at the column of the key. */
  private value(indent: number): Node {
    const end = this.at;
    if (this.match(REST) === null) return this.inline(indent);
    this.nextLine();
    if (this.indent > indent) return this.block(this.indent);
    if (this.indent === indent && this.isDash()) return this.list(indent);
    return ranged(Object.assign(new Scalar(null), { type: 'PLAIN' }), end, end);
  }

  private list(indent: number): Node {
    const list = ranged(new YAMLSeq<Node>(), this.at, this.at);
    while (this.indent === indent && this.isDash()) {
      const dash = this.at;
      this.at += 2;
      while (this.text[this.at] === ' ') this.at++;
      KEY.lastIndex = this.at;
      if (KEY.test(this.text)) {
        this.indent = indent + this.at - dash;
        list.items.push(this.mapping(this.indent));
      } else list.items.push(this.inline(indent));
    }
    if (this.indent > indent) throw OTHER;
    return list;
  }

  /** A value on the line, and the next line. */
  private inline(indent: number): Node {
    while (this.text[this.at] === ' ') this.at++;
    const node = this.scalar(indent);
    if (this.match(REST) === null) throw OTHER;
    this.nextLine();
    if (this.indent > indent) throw OTHER; // a scalar of several lines
    return node;
  }

  private scalar(indent: number): Node {
    const start = this.at;
    const plain = this.match(PLAIN);
    if (plain !== null) {
      const text = plain[0].trimEnd();
      return ranged(
        Object.assign(new Scalar<unknown>(scalarValue(text)), { type: 'PLAIN' }),
        start,
        start + text.length,
      );
    }
    const quoted = this.match(QUOTED);
    if (quoted !== null)
      return ranged(Object.assign(new Scalar(quoted[1] ?? quoted[2]), { type: 'QUOTE_DOUBLE' }), start, this.at);
    const empty = this.match(EMPTY);
    if (empty !== null) return ranged(empty[0] === '{}' ? new YAMLMap() : new YAMLSeq(), start, this.at);
    const literal = this.match(LITERAL);
    if (literal === null) throw OTHER;
    const value = this.literal(indent, literal[1] as string);
    return ranged(Object.assign(new Scalar(value), { type: 'BLOCK_LITERAL' }), start, this.at);
  }

  /** The lines that are indented deeper than their key, up to the line end of the last. */
  private literal(indent: number, end: string): string {
    const { text } = this;
    const lines: string[] = [];
    let own = -1;
    while (text[this.at] === '\n') {
      const start = this.at + 1;
      let at = start;
      while (text[at] === ' ') at++;
      const isBlank = text[at] === '\n';
      if (at >= text.length) break;
      if (!isBlank && at - start <= indent) break;
      if (own === -1 && !isBlank) {
        own = at - start;
        if (lines.length > 0) throw OTHER;
      }
      if (!isBlank && at - start < own) throw OTHER;
      const stop = text.indexOf('\n', at);
      if (stop === -1) throw OTHER; // without a line end
      lines.push(text.slice(own === -1 ? at : Math.min(start + own, stop), stop));
      this.at = stop;
    }
    if (own === -1) throw OTHER;
    const content = lines.join('\n');
    if (end === '+') return `${content}\n`;
    const trimmed = content.replace(/\n+$/, '');
    return end === '-' ? trimmed : `${trimmed}\n`;
  }
}

/**
 * The tree of a document in plain block style, as most manifests are, or undefined for one that has anything else: aliases, flow style, escapes,
 * folded or continued scalars, or a mistake. It is the tree that the library makes, in a fifth of the time.
 */
export function blockTree(text: string): Node | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return new Reader(text).root();
  } catch (thrown) {
    if (thrown === OTHER || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
