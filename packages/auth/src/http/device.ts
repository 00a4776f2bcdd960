/** Characters; longer than any honest browser's. */
const MAX_LENGTH = 512;

/** The first match wins: Edge and Opera also call themselves Chrome, and all call themselves Safari. */
const BROWSERS: [name: string, pattern: RegExp][] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\b(?:OPR|OPT|OPiOS|Opera)\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Vivaldi", /\bVivaldi\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|HeadlessChrome|CriOS|Chromium)\//],
  ["Safari", /\bVersion\/[\d.]+ .*\bSafari\//],
];

/** The first match wins: an iPhone says "like Mac OS X", Android says Linux. */
const SYSTEMS: [name: string, pattern: RegExp][] = [
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows NT\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const ANSI_SEQUENCES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A device as its owner would call it ("Chrome on macOS"), in our words, never in the header's. */
export function deviceLabel(userAgent: string | null): string {
  const text = userAgent?.slice(0, MAX_LENGTH) ?? "";
  const browser = BROWSERS.find(([, pattern]) => pattern.test(text))?.[0];
  const system = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? "Unknown device";
}

/** The header as it may be stored and logged: at most 512 characters, none of them invisible. */
export function cleanUserAgent(userAgent: string | null): string | null {
  const text = userAgent?.slice(0, MAX_LENGTH).replace(ANSI_SEQUENCES, "").replace(UNPRINTABLE, "");
  return text?.trim() || null;
}
