/** Gives the next number of a sequence, from 0 up to but not including 1. */
export type Random = () => number;

/** A sequence that is the same whenever the seed and the request's number are. */
export function seededRandom(seed: number, requestNumber: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(requestNumber, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** 24 hexadecimal digits, as good as unique. */
export function randomHex(random: Random): string {
  let text = '';
  for (let part = 0; part < 3; part++) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return text;
}
