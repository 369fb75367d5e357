/** The names of places in a prompt that asks for weather, each once, in its order. */
export function findPlaces(prompt: string): readonly string[] {
  const capitals = /(?<![.!?]\s|^|\p{L})\p{Lu}\p{L}/u.test(prompt.trim());
  const afterPreposition = [...prompt.matchAll(AFTER_PREPOSITION)].flatMap(([, list = '']) => placesIn(list, capitals));
  const places = afterPreposition.length > 0 ? afterPreposition : loneNames(prompt);
  const seen = new Set<string>();
  return places.filter((place) => {
    const key = place.toLowerCase();
    return seen.has(key) ? false : seen.add(key);
  });
}

/** What stands after "in", "for", … up to the end of the sentence. */
const AFTER_PREPOSITION =
  /(?<!\p{L})(?:in|for|at|between|near|around|(?<!\p{Lu}\p{L}*\s)of)(?!\p{L}):?\s+((?:(?!(?<!\p{L})(?:in|for|at|between|near|around|(?<!\p{Lu}\p{L}*\s)of)\s)(?:[^.?!;\n]|(?<=\b(?:St|Mt|Ft|[A-Z]))\.))+)/gu;

const BETWEEN_PLACES = /\s*(?:[,&]|(?<!\p{L})(?:and|or|with|versus|vs\.?|than|to|against)(?!\p{L}))\s*/iu;

const NOT_PLACES =
  /^(?:i|what|which|who|how|is|are|the|a|an|compare|tell|give|show|please|and|or|also|then|weather|celsius|fahrenheit|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|today|tomorrow|tonight|now|right|next|this|that|each|all|these|those|following|cities|city|places|place|towns|me|my|it|there|degrees|detail|general|order|case)$/i;

/** Small words inside names such as Rio de Janeiro or Isle of Man. */
const PARTICLE = /^(?:de|da|do|del|la|le|les|of|the|am|an|der|den|sur|upon|on|y|al|el|di)$/;

const LOWER_CASE_END =
  /^(?:today|tomorrow|tonight|now|right|please|this|next|on|at|during|by|like|be|is|are|look|looks|looking|currently|over|until|using|from|when|if|so|but|because|as|while|considering|compared|should|do|does|will|would|can|could|what|how|tell|also)$/;

function placesIn(list: string, capitals: boolean): readonly string[] {
  return list.split(BETWEEN_PLACES).flatMap((part) => {
    const place = nameAtStart(
      part.trim().replace(/^(?:the (?:city|town|village) of|both|either|then|also|the)\s+/i, ''),
      capitals,
    );
    return place === undefined ? [] : [place];
  });
}

/** The longest run of name words at the start: capitalised, unless the prompt knows no capitals. */
function nameAtStart(part: string, capitals: boolean): string | undefined {
  const words = part.split(/\s+/).map((word) => word.replace(/^["'“‘([]+|["'”’)\]:]+$|['’]s$/gu, ''));
  let length = 0;
  for (const [index, word] of words.entries()) {
    const isName = capitals ? /^\p{Lu}/u.test(word) : /^\p{L}/u.test(word) && !LOWER_CASE_END.test(word);
    if (isName && (!NOT_PLACES.test(word) || (index > 0 && word === 'City'))) length = index + 1;
    else if (!(capitals && index > 0 && PARTICLE.test(word))) break;
  }
  return length === 0 || length > 5 ? undefined : words.slice(0, length).join(' ');
}

/** Capitalised words anywhere, as in "Oslo weather, please". */
function loneNames(prompt: string): readonly string[] {
  return prompt.split(/[,.?!;:\n]|\band\b|\bor\b|\bwith\b/iu).flatMap((part) => {
    const words = part.trim().split(/\s+/);
    const first = words.findIndex(
      (word) => /^\p{Lu}/u.test(word) && !NOT_PLACES.test(word) && !WEATHER_WORD.test(word),
    );
    const place = first < 0 ? undefined : nameAtStart(words.slice(first).join(' '), true);
    return place === undefined ? [] : [place];
  });
}

/** Words that tell that a text is about weather. */
export const WEATHER_WORD =
  /\b(?:weather|temperatures?|forecasts?|climate|rain(?:s|y|ing)?|snow(?:s|y|ing)?|sunn(?:y|ier)|sunshine|wind(?:y|ier)|humid(?:ity)?|cloud(?:s|y|ier)|storm(?:s|y)?|warm(?:er|est)?|cold(?:er|est)?|hot(?:ter|test)?|cool(?:er|est)?)\b/i;
