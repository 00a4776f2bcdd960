import { domainToASCII, domainToUnicode } from "node:url";

/** Characters before normalising, which may shorten; nothing longer is looked at. */
const MAX_RAW_LENGTH = 1000;

/** RFC 5321 section 4.5.3.1: the local part, and the path without its angle brackets. */
const MAX_LOCAL_LENGTH = 64;
const MAX_LENGTH = 254;

/** RFC 5322 section 3.2.3, without the quoted form. */
const DOT_ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** RFC 1035 section 2.3.4. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one spelling of an email address that is stored, looked up, counted by and mailed to (NFKC,
 * lower case, the domain in ASCII), or null; dots and "+tags" stay, because only the mailbox's own
 * host knows what they mean.
 */
export function canonicalEmail(raw: string): string | null {
  if (raw.length > MAX_RAW_LENGTH || /\p{Cc}/u.test(raw)) return null;
  // Normalised before it is taken apart: whoever reads it later may take a full-width "＠" for "@".
  const [name = "", host = "", ...more] = raw.normalize("NFKC").trim().split("@");
  const local = name.toLowerCase();
  const domain = canonicalDomain(host);
  if (more.length > 0 || domain === null) return null;
  if (local.length > MAX_LOCAL_LENGTH || !DOT_ATOM.test(local)) return null;
  const email = `${local}@${domain}`;
  return email.length > MAX_LENGTH ? null : email;
}

function canonicalDomain(host: string): string | null {
  // The URL parser behind domainToASCII stops at "/" and decodes "%", so those never reach it.
  if (!/^[\p{L}\p{M}\p{N}.。-]+$/u.test(host)) return null;
  const domain = domainToASCII(host);
  const labels = domain.split(".");
  const isHostName = labels.length > 1 && labels.every((label) => LABEL.test(label));
  const isIpAddress = /(?:^|\.)\d+$/.test(domain);
  return isHostName && !isIpAddress && isReadable(domain) ? domain : null;
}

/** Newer versions of Node let "xn--" labels pass that stand for nothing; every node must refuse. */
function isReadable(domain: string): boolean {
  return !/(?:^|\.)xn--/.test(domainToUnicode(domain));
}
