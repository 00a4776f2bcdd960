// Loaded before a node of the app: its wall clock is off by CLOCK_SHIFT seconds.
const shiftMs = Number(process.env.CLOCK_SHIFT) * 1000;
const RightDate = Date;

globalThis.Date = class extends RightDate {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(RightDate.now() + shiftMs);
    else super(...(parts as [number]));
  }
  static override now(): number {
    return RightDate.now() + shiftMs;
  }
} as DateConstructor;
