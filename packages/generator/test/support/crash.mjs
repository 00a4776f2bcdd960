// Kills the process at the n-th call that could change the disk, as a power cut would.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let left = Number(process.env.CRASH_AT);
for (const name of [
  "writeFileSync",
  "renameSync",
  "rmSync",
  "rmdirSync",
  "copyFileSync",
  "mkdirSync",
  "openSync",
]) {
  const real = fs[name];
  fs[name] = (...args) => {
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
}
syncBuiltinESMExports();
