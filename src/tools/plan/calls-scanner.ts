/**
 * Finds the elements of `calls` in a plan's arguments while they are being written: each text is looked at once, however
 * it is cut. It finds objects only, up to the first element that is none, and trusts nothing behind the end of the list.
 */
export class CallsScanner {
  #where: 'before' | 'inside' | 'behind' = 'before';
  #depth = 0;
  #string: 'none' | 'open' | 'escaped' = 'none';
  /** The key of the outermost object that was read last, as it is written between its quotes. */
  #key = '';
  #isKey = false;
  /** The part of an element that came with earlier texts; none while no element is open. */
  #element: string | undefined;

  /** Takes what comes next; returns the JSON text of each element that is now complete. */
  push(delta: string): readonly string[] {
    const complete: string[] = [];
    let start = 0;
    for (let at = 0; at < delta.length && this.#where !== 'behind'; at++) {
      const character = delta.charAt(at);
      if (this.#string !== 'none') {
        this.#readString(character);
        continue;
      }
      if (this.#element === undefined && this.#beginsElement(character)) {
        this.#element = '';
        start = at;
      }
      this.#readToken(character);
      if (this.#element === undefined || this.#depth > LIST_DEPTH) continue;
      complete.push(this.#element + delta.slice(start, at + 1));
      this.#element = undefined;
    }
    if (this.#element !== undefined) this.#element += delta.slice(start);
    return complete;
  }

  #beginsElement(character: string): boolean {
    return this.#where === 'inside' && this.#depth === LIST_DEPTH && character === '{';
  }

  #readString(character: string): void {
    if (this.#string === 'escaped') this.#string = 'open';
    else if (character === '\\') this.#string = 'escaped';
    else if (character === '"') this.#string = 'none';
    if (this.#isKey && this.#string !== 'none') this.#key += character;
  }

  #readToken(character: string): void {
    switch (character) {
      case '{':
      case '[':
        if (character === '[' && this.#isInList()) this.#where = 'behind';
        if (character === '[' && this.#isBeforeList()) this.#where = 'inside';
        this.#depth += 1;
        if (this.#depth === 1) this.#expectKey(character === '{');
        break;
      case '}':
      case ']':
        if (this.#isInList()) this.#where = 'behind';
        this.#depth -= 1;
        break;
      case '"':
        this.#string = 'open';
        if (this.#isInList()) this.#where = 'behind';
        break;
      case ':':
        if (this.#depth === 1) this.#isKey = false;
        break;
      case ',':
        if (this.#depth === 1) this.#expectKey(true);
        break;
      default:
        if (this.#isInList() && !' \t\r\n'.includes(character)) this.#where = 'behind';
    }
  }

  #isBeforeList(): boolean {
    return this.#where === 'before' && this.#depth === 1 && isCalls(this.#key);
  }

  #isInList(): boolean {
    return this.#where === 'inside' && this.#depth === LIST_DEPTH;
  }

  #expectKey(isKey: boolean): void {
    this.#key = '';
    this.#isKey = isKey;
  }
}

/** How many brackets are open between two elements of the list. */
const LIST_DEPTH = 2;

function isCalls(key: string): boolean {
  if (!key.includes('\\')) return key === 'calls';
  try {
    return JSON.parse(`"${key}"`) === 'calls';
  } catch {
    return false;
  }
}
