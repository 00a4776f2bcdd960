#!/usr/bin/env node
// `node tools/timing-lab.mjs [login|register|forgot-password …]` asks whether the time of an answer tells a known address
// from an unknown one. Real PostgreSQL, the library's own pages in this process, a mail server that takes half a second.
// Needs a quiet machine; the load is part of what it prints. Each run also measures leaks planted by itself: one of 3 ms
// that must be told apart, and none at all that must not. SAMPLES, WARMUPS and ROUNDS change how much is measured.
import { loadavg } from "node:os";
import { openTimingSite } from "./timing-site.mjs";
import { median, rankTest } from "./timing-statistics.mjs";

const { SAMPLES = 300, WARMUPS = 50, ROUNDS = 3 } = process.env;
const PLANTED_MS = 3;

/** Of 1,000 comparisons of a thing with itself, one is told apart by chance. */
const SIGNIFICANT = 0.001;

const site = await openTimingSite();
const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : Object.keys(site.routes);
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${SAMPLES} samples`,
);
let trusted = true;
for (const name of names) {
  for (let round = 1; round <= Number(ROUNDS); round++) {
    trusted = report(name, round, await measure(site.routes[name])) && trusted;
  }
}
await site.close();
if (!trusted)
  console.log("\nA planted leak was missed or imagined: measure again on a quieter machine.");
process.exit(trusted ? 0 : 1);

/** Times of each class, asked in random order so that whatever else happens here happens to all alike. */
async function measure({ classes, baseline }) {
  const all = {
    ...classes,
    "the same again": classes[baseline],
    [`planted ${PLANTED_MS} ms`]: () => late(classes[baseline]),
  };
  const times = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (let n = 0; n < Number(WARMUPS) + Number(SAMPLES); n++) {
    for (const name of shuffled(Object.keys(all))) {
      const took = await all[name]();
      if (n >= Number(WARMUPS)) times[name].push(took);
    }
  }
  return { times, baseline };
}

/** Busy rather than asleep: timers of a millisecond are not exact. */
async function late(ask) {
  const took = await ask();
  const from = performance.now();
  while (performance.now() - from < PLANTED_MS);
  return took + (performance.now() - from);
}

function report(name, round, { times, baseline }) {
  console.log(`\n${name}, round ${round}, load ${loadavg()[0].toFixed(1)}`);
  console.log(`  ${baseline}: ${median(times[baseline]).toFixed(2)} ms`);
  const told = {};
  for (const [other, measured] of Object.entries(times)) {
    if (other === baseline) continue;
    const { p, chance } = rankTest(measured, times[baseline]);
    const difference = median(measured) - median(times[baseline]);
    told[other] = p < SIGNIFICANT;
    console.log(
      `  ${other}: ${difference >= 0 ? "+" : ""}${difference.toFixed(2)} ms, ` +
        `slower in ${(chance * 100).toFixed(0)} %, p ${p.toExponential(0)}${told[other] ? "  told apart" : ""}`,
    );
  }
  return told[`planted ${PLANTED_MS} ms`] && !told["the same again"];
}

function shuffled(items) {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}
