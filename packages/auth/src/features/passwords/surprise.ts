/** The words an attacker tries first, in lower case: those of the app and the visitor, and those of everybody. */
export interface Guesses {
  context: ReadonlySet<string>;
  common?: ReadonlySet<string>;
}

/** What a predictable piece counts for, however long it is, next to 1 for any other character. */
const COST = { repeat: 1, context: 1, walk: 2, year: 2, common: 3 };

/** Shorter repeats, walks and words occur in good passwords by chance. */
const SHORTEST = { repeat: 3, walk: 3, word: 4 };

/** RFC 5321 section 4.5.3.1.1 ends the local part of an address here; common passwords are shorter. */
const LONGEST_WORD = 64;

/** Where fingers walk, from either end: ways to count, the alphabet, rows, columns and zigzags of keyboards. */
const WALKS = [
  "01234567890123456789",
  "11223344556677889900",
  "111222333444555666777888999000",
  "01020304050607080910111213141516",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "йцукенгшщзхъфывапролджэячсмитьбю",
  "!@#$%^&*()_+",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
  "qazwsxedcrfvtgbyhnujmikolp",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "a1s2d3f4g5h6j7k8l9",
].flatMap((line) => [line, [...line].reverse().join("")]);

/** The letters that digits and symbols are written for; 1 and ! are read both ways. */
const LEET: Record<string, string>[] = [
  { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "i" },
  { 0: "o", 1: "l", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "l" },
];

/**
 * How many free characters a lower-case text is worth once its predictable pieces count for little: repeats, runs
 * and walks, years, and the guessed words, also where digits and symbols are written for letters.
 */
export function surprise(text: string, guesses: Guesses): number {
  const joined = withoutSeparator(text);
  const whole = cheapestReading(text, guesses);
  return joined === text ? whole : Math.min(whole, 1 + cheapestReading(joined, guesses));
}

/** `p-a-s-s-w-o-r-d` is one word and one habit. */
function withoutSeparator(text: string): string {
  const marks = Map.groupBy(text.match(/[^\p{L}\p{M}\p{N}]/gu) ?? [], (mark) => mark);
  const [most] = [...marks].sort(([, a], [, b]) => b.length - a.length);
  return most ? text.replaceAll(most[0], "") : text;
}

/** Of all ways to cut the text into pieces, what the cheapest counts for. */
function cheapestReading(text: string, guesses: Guesses): number {
  const spellings = [text, ...LEET.map((letters) => unleet(text, letters))];
  const upTo = [0];
  for (let start = 0; start < text.length; start += 1) {
    const before = upTo[start] as number;
    const priceOf = pricesAt(spellings, start, guesses);
    for (let end = start + 1; end <= text.length; end += 1) {
      upTo[end] = Math.min(upTo[end] ?? end, before + priceOf(end));
    }
  }
  return upTo.at(-1) as number;
}

function unleet(text: string, letters: Record<string, string>): string {
  return text.replace(/[\d@$!]/g, (sign) => letters[sign] ?? sign);
}

/** What the piece from `start` up to a given end counts for. */
function pricesAt(spellings: string[], start: number, guesses: Guesses) {
  const [text = ""] = spellings;
  const repeat = longestRepeat(text, start);
  const walk = Math.max(longestSteps(text, start), longestWalk(text, start));
  return (end: number) => {
    const length = end - start;
    if (length >= SHORTEST.repeat && length <= repeat) return COST.repeat;
    const asWalk = length >= SHORTEST.walk && length <= walk ? COST.walk : length;
    const words = spellings.map((spelling) => spelling.slice(start, end));
    return Math.min(asWalk, priceOfWord(words, guesses));
  };
}

/** How much of what follows has been written before; it may run on into itself, as `ababab` does. */
function longestRepeat(text: string, start: number): number {
  const repeatFrom = (from: number) => {
    let length = 0;
    while (start + length < text.length && text[from + length] === text[start + length])
      length += 1;
    return length;
  };
  return Math.max(0, ...Array.from({ length: start }, (_, from) => repeatFrom(from)));
}

/** How far characters of any script stay alike, or go up or down by one or two: `aaaa`, `2468`, `гвба`. */
function longestSteps(text: string, start: number): number {
  const stepAt = (index: number) => text.charCodeAt(index + 1) - text.charCodeAt(index);
  const step = stepAt(start);
  let length = 1;
  while (Math.abs(step) <= 2 && stepAt(start + length - 1) === step) length += 1;
  return length;
}

function longestWalk(text: string, start: number): number {
  let length = 1;
  while (start + length < text.length && isWalk(text.slice(start, start + length + 1))) length += 1;
  return length;
}

function isWalk(piece: string): boolean {
  return WALKS.some((line) => line.includes(piece));
}

function priceOfWord(spellings: string[], { context, common }: Guesses): number {
  const [word = ""] = spellings;
  if (word.length < SHORTEST.word || word.length > LONGEST_WORD) return word.length;
  if (/^(?:19|20)\d\d$/.test(word)) return COST.year;
  if (spellings.some((spelling) => context.has(spelling))) return COST.context;
  return spellings.some((spelling) => common?.has(spelling)) ? COST.common : word.length;
}
