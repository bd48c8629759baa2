/** An element with attributes and children; texts are never read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A table with a head. It scrolls sideways by itself where it is too wide. */
export function table(head: readonly string[], rows: readonly HTMLTableRowElement[], name = ''): HTMLElement {
  const cells = head.map((text) => element('th', { scope: 'col' }, text));
  return element(
    'div',
    { class: `scroll ${name}` },
    element('table', {}, element('thead', {}, element('tr', {}, ...cells)), element('tbody', {}, ...rows)),
  );
}

/** The mark of a change, in words as well as in a colour. */
export function badge(change: string | undefined): readonly Node[] {
  return change === undefined ? [] : [element('span', { class: `badge ${change}` }, change)];
}
