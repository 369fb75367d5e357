/** An element of XML, with its attributes, its elements, and the text that stands in it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

// What XML 1.0 calls a character: https://www.w3.org/TR/xml/#charsets
const CHARACTERS = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
const TAG = /<(\/?)([A-Za-z][\w-]*)((?: [A-Za-z][\w-]*="[^"<]*")*)(\/?)>/y;

/** Parses a document that has elements, attributes, text and the five entities; throws about anything else. */
export function parseXml(document: string): Element {
  if (!CHARACTERS.test(document)) throw new Error('there is something that is no character');
  let at = document.indexOf('?>') + 2;
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  while (at < document.length) {
    const end = document.indexOf('<', at);
    const top = open.at(-1) ?? root;
    top.text += unescaped(document.slice(at, end < 0 ? undefined : end));
    if (end < 0) break;
    TAG.lastIndex = end;
    const [whole, closing, name = '', attributes = '', empty] = TAG.exec(document) ?? [];
    if (whole === undefined) throw new Error(`no tag: ${document.slice(end, end + 60)}`);
    at = end + whole.length;
    if (closing) {
      if (open.pop()?.name !== name) throw new Error(`${name} ends where it is not open`);
      continue;
    }
    const element: Element = { name, attributes: attributesIn(attributes), children: [], text: '' };
    top.children.push(element);
    if (!empty) open.push(element);
  }
  const [only, ...others] = root.children;
  if (open.length > 1 || !only || others.length > 0 || root.text.trim() !== '')
    throw new Error('not one whole element');
  return only;
}

function attributesIn(text: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`there is an attribute twice: ${name}`);
    attributes[name] = unescaped(value);
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(#\d+|\w*);?/g, (entity, name: string) => {
    const character = name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : ENTITIES[name];
    if (character === undefined || !entity.endsWith(';')) throw new Error(`no entity: ${entity}`);
    return character;
  });
}
