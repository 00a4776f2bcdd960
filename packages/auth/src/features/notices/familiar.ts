import { ipNetwork } from "../../http/client-ip.ts";
import { deviceLabel } from "../../http/device.ts";

interface Place {
  ip: string | null;
  userAgent: string | null;
}

/** Whether a login is the user's first, or comes from a network or a kind of device that one before it came from. */
export function isFamiliar({ ip, userAgent }: Place, before: Place[]): boolean {
  const network = ipNetwork(ip);
  const device = deviceLabel(userAgent);
  const isKnown = (one: Place) =>
    ipNetwork(one.ip) === network || deviceLabel(one.userAgent) === device;
  return before.length === 0 || before.some(isKnown);
}
