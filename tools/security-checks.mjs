// What is checked, by number. Tests carry the numbers in their names; `tools/asvs.mjs` puts both together.
// A check without a test says why: `open` (ours to do), `later` (with that feature) or `none` (does not apply here).
// A check with tests may still be `partly` held. Numbers that are missing were never given.

/** Features to come; of their checks only those are shown that something built already holds. */
export const TO_COME = "Other doors: passkeys, providers, organizations";

/** @typedef {{ partly?: string, open?: string, later?: string, none?: string }} Remark */

/** @type {[title: string, checks: Record<number, [promise: string, remark?: Remark]>][]} */
export const CHECKS = [
  [
    "Passwords",
    {
      1: [
        "Argon2id at the OWASP floor or dearer; older hashes and bcrypt or scrypt are upgraded at login",
      ],
      2: ["From 15 characters to 128 or 512 bytes; what is longer is refused before it is hashed"],
      3: ["No rules of composition, no expiry, nothing trimmed or cut, every character counts"],
      4: ["One spelling (NFKC) for registering, login, reset, change and step-up"],
      5: ["Bytes that are no text are refused, never an error of the server"],
      6: ["Common, breached and obvious passwords are refused wherever one is set"],
      7: [
        "A change needs the current password, ends other sessions and links, and is told by mail",
      ],
      8: ["Who has no password cannot log in with one; no form sets what the page did not ask for"],
      9: ["A refused login never says what was wrong"],
      10: ["Password fields are fields that password managers understand"],
      11: ["A password is in no page, error, log or table"],
      12: ["Too many logins at once get 503 and leave signed-in pages fast"],
      13: [
        "Keys outside the database can be turned over",
        { partly: "keys of tokens, codes and mails; passwords have no pepper" },
      ],
      14: ["No form reaches a prototype"],
    },
  ],
  [
    "Enumeration and timing",
    {
      15: ["Registering answers alike for new and taken addresses"],
      16: [
        "Asking for mail answers alike, in the same time, whether or not there is anybody to write to",
      ],
      18: [
        "Changing the address or inviting tells nothing",
        { later: "email change, invitations" },
      ],
      19: ["Passkey options tell nothing", { later: "passkeys" }],
      20: ["Limits and refusals are the same for unknown accounts"],
      21: ["Ids cannot be counted"],
    },
  ],
  [
    "Throttling and client addresses",
    {
      22: ["A try is counted before the password is looked at, however many race"],
      23: [
        "Guessing slows an account down and locks nobody out for good",
        {
          partly:
            "a reset lets the owner in at once; there are no known devices yet that guessing leaves alone",
        },
      ],
      24: ["One's own successes do not help to guess at others"],
      26: ["A disabled account is closed at every door"],
      27: ["An address has one bucket, however it is spelled"],
      28: ["The client's address cannot be forged, split or hidden"],
      29: ["Another spelling of the page or method is no way around a limit"],
      30: ["Every page that mails, makes or tries something has a limit"],
      31: ["A refusal says when to come back, in the form, on every node"],
    },
  ],
  [
    "Sessions and cookies",
    {
      32: ["256 random bits, of which the database has a hash that is worth nothing"],
      33: ["A new token at every login, step-up and change of password; the old one is dead"],
      34: ["A login forgets what the browser brought, but for where it was going"],
      35: ["Cookies are `__Host-`, Secure, HttpOnly, SameSite=Lax"],
      36: ["Idle and absolute limits hold on the server"],
      37: ["Logging out ends the session on the server, by POST alone"],
      38: [
        "One's own sessions can be seen and ended, nobody else's",
        { partly: "without asking for the password again" },
      ],
      39: ["What is revoked is dead with the next request, on every node"],
      40: [
        "A stolen and rotated remember-me token gives itself away",
        {
          none: 'there is no such token: "keep me signed in" is a longer session, which can be seen and revoked',
        },
      ],
      43: ["Who is disabled, deleted or has a new password is out everywhere"],
      44: ["Two people in one browser never see each other's pages"],
      45: ["Cookies stay small, and junk in them is anonymous"],
      46: ["Of several cookies with one name the first counts"],
      47: ["A token is taken from its own cookie alone, and for its own purpose"],
      48: ["What is over never matches, and is swept out"],
      49: ["A session is not tied to an address or a browser version"],
      50: ["Stepping up needs the strongest factor and gives a new token"],
    },
  ],
  [
    "React Router",
    {
      51: ["Guards hold for documents, `.data`, single routes, resource routes and bare POSTs"],
      52: [
        "The build fails when a guarded layout could be passed",
        { partly: "no lint rule looks into each loader" },
      ],
      53: ["Every guarded route is asked in every way by everybody who must not get in"],
      54: ["A data request is sent to the page and back, never to `.data`"],
      55: ["Case, escapes and slashes in a path open nothing"],
      56: ["A click on a guarded page asks the server"],
      57: ["Back shows nothing private after logout, another login or the end of the session"],
      58: ["No cache keeps an answer that asked who is there"],
      59: ["Pages get no hash and no token"],
      60: ["Errors are calm, and tell nothing of the inside"],
      61: ["Headers meant for others change nothing"],
      62: ["Opening, prefetching and scanning do nothing"],
      63: ["What fails on the way fails closed"],
      64: ["Fetchers, actions without a loader and resource routes are covered like pages"],
      65: [
        "The same on React Router 7 and 8",
        { partly: "by `tools/compat.mjs`; servers other than our own are not tried" },
      ],
      66: ["Sending a form again is calm"],
      67: ["Unknown methods get 405"],
      68: ["A command finds unsafe settings of a deployment", { later: "`auth-rr doctor`" }],
    },
  ],
  [
    "Requests, redirects, headers",
    {
      69: ["An unsafe request proves that it comes from this site, resource routes included"],
      70: ["Nobody is logged in, or registered, from another site"],
      71: ["GET has no effects, whatever it says its method is"],
      72: ["No redirect leads off the site"],
      73: ["Where to return stays on the server between two factors"],
      74: ["Links and cookies come from the configured origin"],
      75: ["Pages have the headers that keep them from frames, sniffing and foreign scripts"],
      76: ["The token of a link leaves the URL at once"],
      77: ["Pages cannot be framed"],
      78: ["No page invites other origins"],
      79: ["What was typed is shown as text"],
      80: ["No line break reaches a header or a mail"],
      81: ["Pop-ups check who speaks to them", { none: "there are none" }],
      82: ["A form of more than 64 KiB, or none at all, is refused unread"],
      84: ["Pages work under a strict policy, with nothing inline"],
    },
  ],
  [
    "Tokens by mail",
    {
      85: ["256 bits, stored as a hash, bound to purpose, user and address"],
      86: [
        "Links and codes end in time",
        {
          partly:
            "the code that proves an address lives as long as its link, 24 hours; ten minutes is the advice for codes",
        },
      ],
      87: ["The newest counts; a change of password, address or user ends all"],
      88: ["However many race, one gets in"],
      89: ["Opening a link spends nothing"],
      90: ["A forwarded link logs nobody in elsewhere", { later: "magic links" }],
      91: ["Codes belong to one browser, end after five tries, and an address has ten an hour"],
      92: ["A reset logs nobody in, and ends sessions and links"],
      93: ["A reset on an unproven account removes what a squatter set"],
      94: ["A new address is proven before the old one goes", { later: "email change" }],
      95: ["Two changes of address cannot cross", { later: "email change" }],
      96: ["A link opened elsewhere proves the address, and asks for the password"],
      97: ["Mail is neither lost nor sent twice"],
      98: ["Mail has no words of strangers, no foreign links and nothing that reports a reader"],
      99: ["An address is one mailbox, read the same by everybody"],
      100: ["One address, one account, however many race"],
    },
  ],
  [
    "Second factors",
    {
      101: ["A second factor counts when a code has shown that it works"],
      102: ["What is sealed opens for its own row alone"],
      104: ["A typed code is compared in constant time, with its spaces forgiven"],
      105: ["Guessing at a factor locks that factor for a while, not the account"],
      106: ["Backup codes are random, shown once, stored hashed and used once"],
      107: ["One challenge becomes one session"],
      108: ["Taking a factor away needs a factor, and is told by mail"],
      109: [
        "No way in passes by the second factor",
        { partly: "ways in that are not built yet are tried with proofs of theirs" },
      ],
      110: [
        "A provider's login is no second factor unless the app says so",
        { partly: "no provider is built yet" },
      ],
      111: ["No factor for an address that is not proven"],
      112: ["A trusted device can be seen, forgotten, and dies with the password"],
      113: ["A first factor asks the other sessions for it"],
      114: ["A challenge ends after ten minutes and lives in one browser"],
      115: [
        "Losing every factor has a slow and public way back",
        {
          partly:
            "backup codes; nothing takes a factor away without one, and there is no other way back yet",
        },
      ],
    },
  ],
  [
    TO_COME,
    {
      116: ["A passkey's challenge is the server's, short and used once"],
      117: ["Origin, site and presence of a passkey's answer are exact"],
      119: ["A passkey belongs to one user"],
      120: ["Passkeys come and go only after stepping up"],
      121: ["A counter that goes back is noticed"],
      122: ["A passkey alone must have verified its user"],
      123: ["What a passkey is gets written down"],
      124: ["Autofill and button are one way in"],
      125: ["A change of domain is described"],
      126: ["Attestation is not believed unchecked"],
      127: ["Passkey requests prove where they come from"],
      128: ["A disabled user's passkey is refused like a wrong one"],
      129: ["Passkeys work in a real browser"],
      130: ["Frames get no passkeys"],
      131: ["A provider's flow is bound to one browser, provider and use"],
      134: ["A squatter's password is never made good by the owner"],
      135: ["A provider's user is issuer and subject, never an address"],
      136: ["Accounts are linked by address only if everybody vouches for it"],
      137: ["Linking starts in a stepped-up session, by POST"],
      138: ["A provider's account belongs to one user"],
      139: ["Where a provider sends back to is configured"],
      140: ["A provider's tokens are not kept unless asked for"],
      141: ["A provider's refusal is a calm page"],
      142: ["Only configured issuers are asked"],
      143: ["A changed address at the provider changes nothing here"],
      144: ["A provider's logout is heard"],
      145: ["Tenants are told apart"],
      146: ["The way back from a provider keeps its cookie"],
      147: ["Nodes whose clocks are off agree, for the database has the time"],
      148: ["Every query of an organization asks for membership"],
      149: ["Nobody grants more than they have"],
      152: ["A lowered role counts with the next request"],
      153: ["The active organization is asked for each time"],
      154: ["The admin area has a door of its own"],
      156: ["An administrator never knows a password"],
    },
  ],
  [
    "Audit, hooks, tokens for programs",
    {
      157: ["Every login, refusal, change and revocation is written down with the change itself"],
      158: [
        "The trail only grows",
        {
          partly:
            "the house needs no more than INSERT and SELECT; taking the other rights away is the operator's",
        },
      ],
      159: ["Nothing typed can forge or disturb a log"],
      160: ["Secrets are in no table, answer, error or log"],
      161: ["An account can be closed, and leaves nothing behind", { later: "account closure" }],
      162: [
        "Webhooks run after the commit and cannot harm it",
        { later: "webhooks; hooks run inside the transaction on purpose" },
      ],
      163: ["A form cannot name the actor", { partly: "there are no API tokens yet" }],
    },
  ],
  [
    "Secrets",
    {
      164: ["Production refuses to start with weak secrets, plain http or a development mailbox"],
      166: ["A key for each purpose; none works for another"],
      167: ["Chance from the system, compares in constant time"],
      168: ["A copy of the database lets nobody in"],
    },
  ],
  [
    "Reliability",
    {
      169: ["Without a database the process lives, and nobody is let in"],
      170: ["Whatever breaks, no half-truth is left"],
      171: ["A database that hangs ends a request in five seconds, and no more"],
      174: ["Two nodes hold all of this together"],
      176: ["Mail that cannot leave now leaves later"],
      177: [
        "Killing a process loses no mail",
        { partly: "killing it in the middle of everything else is not tried yet" },
      ],
      178: ["A small pool does not lock itself up"],
      179: [
        "Migrations run under traffic",
        { open: "the app's own tool makes and runs them; nothing here tries it" },
      ],
      180: ["Tables stay small", { partly: "no long run watches memory" }],
      181: [
        "Nothing depends on the collation or extensions of the server",
        { partly: "on one version of PostgreSQL" },
      ],
      182: ["Lost races are repeated, and given up in time"],
    },
  ],
  [
    "Generator and process",
    {
      183: ["A fix in the library reaches generated apps", { later: "the generator" }],
      184: ["A generated app brings its security tests", { later: "the generator" }],
      185: ["A command prints what protects each route", { later: "`auth-rr routes`" }],
      186: [
        "Packages are pinned and their origin is known",
        { open: "the lock is checked; provenance and an SBOM come with a release" },
      ],
      187: ["Every line and branch is tested", { open: "not measured in each run" }],
      188: ["Wrong use of the library fails loudly"],
      189: ["Production has nothing of development"],
      190: ["This page is made of the tests' names"],
    },
  ],
];
