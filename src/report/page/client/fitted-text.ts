const MOST_CHARACTERS = 60;
const MOST_KEPT = 20_000;

const shownTexts = new Map<string, string>();

/** The text, or both its ends where there is no room for more: names tell apart by their ends. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${width} ${text}`;
  const known = shownTexts.get(key);
  if (known !== undefined) return known;
  const characters = [...text];
  let shown = text;
  for (let length = Math.min(characters.length, MOST_CHARACTERS); context.measureText(shown).width > width; length--) {
    if (length <= 2) break;
    const tail = Math.floor((length - 1) / 2);
    shown = `${characters.slice(0, length - 1 - tail).join('')}…${characters.slice(-tail).join('')}`;
  }
  if (shownTexts.size > MOST_KEPT) shownTexts.clear();
  shownTexts.set(key, shown);
  return shown;
}
