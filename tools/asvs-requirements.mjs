// OWASP ASVS 5.0.0, chapters V6, V7 and V10, in our own words: [level, requirement, status, checks, remark].
// "yes" and "partly" need checks, and every check named there needs a test.

const YES = "yes";
const PARTLY = "partly";
const NOT_YET = "not yet";
const NO = "no";
const NONE = "does not apply";

const limits = "[rate limits](../features/rate-limits.md)";
const passwords = "[passwords](../features/passwords.md)";
const flows = "[how a login flows](../how-a-login-flows.md)";
const sessions = "[sessions](../features/sessions.md)";
const model = "[threat model](threat-model.md)";
const noOAuth = "OAuth login is to come";

/** @type {[title: string, requirements: Record<string, [level: number | string, words: string, status: string, checks: number[], remark?: string]>][]} */
export const REQUIREMENTS = [
  [
    "V6.1 Authentication documentation",
    {
      "6.1.1": [
        1,
        "Say how guessing is slowed down without locking owners out",
        YES,
        [20, 22, 23, 30, 31],
        limits,
      ],
      "6.1.2": [
        2,
        "List the words of this app that make a password guessable",
        PARTLY,
        [6],
        `the app's name and the address (${passwords}); an app cannot add words of its own`,
      ],
      "6.1.3": [2, "Describe every way in and what is asked there", YES, [26, 109], flows],
    },
  ],
  [
    "V6.2 Passwords",
    {
      "6.2.1": [1, "At least 8 characters, better 15", YES, [2]],
      "6.2.2": [1, "Users can change theirs", YES, [7]],
      "6.2.3": [1, "A change asks for the current and the new one", YES, [7]],
      "6.2.4": [1, "None of the 3,000 most used", YES, [6]],
      "6.2.5": [1, "No rules about kinds of characters", YES, [3]],
      "6.2.6": [1, "Masked while typing", YES, [10]],
      "6.2.7": [1, "Pasting and password managers work", YES, [10]],
      "6.2.8": [
        1,
        "Checked exactly as typed",
        YES,
        [3, 4],
        "after Unicode NFKC, as NIST SP 800-63B has it",
      ],
      "6.2.9": [2, "At least 64 characters allowed", YES, [2]],
      "6.2.10": [2, "Good until changed, no forced rotation", YES, [3]],
      "6.2.11": [2, "The listed words are refused", PARTLY, [6], "those of 6.1.2"],
      "6.2.12": [
        2,
        "None that is known from a breach",
        PARTLY,
        [6],
        "`isBreached` is an option, off by default",
      ],
    },
  ],
  [
    "V6.3 General",
    {
      "6.3.1": [
        1,
        "Guessing and stuffing are held up as documented",
        YES,
        [22, 23, 24, 27, 28, 29, 30, 31],
      ],
      "6.3.2": [1, "No default accounts", YES, [189], "the demo's user is in no production build"],
      "6.3.3": [
        2,
        "More than one factor must be used",
        NOT_YET,
        [109],
        "factors are to come; the front door for them is there",
      ],
      "6.3.4": [2, "No undocumented way in, and the same strength at each", YES, [26, 33, 109]],
      "6.3.5": [
        3,
        "Users hear of suspicious logins",
        YES,
        [23, 89],
        "[notices](../features/notices.md)",
      ],
      "6.3.6": [
        3,
        "Email is no factor",
        NO,
        [96],
        "the mail that proves an address also logs in the browser that registered, once",
      ],
      "6.3.7": [3, "Users hear of changed credentials", YES, [7, 92, 94]],
      "6.3.8": [
        3,
        "No answer tells who has an account, nor does its time",
        YES,
        [9, 15, 16, 20],
        "[measured times](timing.md)",
      ],
    },
  ],
  [
    "V6.4 Lifecycle and recovery",
    {
      "6.4.1": [
        1,
        "First secrets are random, short-lived and never become the password",
        YES,
        [85, 86, 91],
      ],
      "6.4.2": [1, "No hints, no secret questions", NONE, [], "there are none"],
      "6.4.3": [2, "A reset does not pass by second factors", YES, [92, 109]],
      "6.4.4": [
        2,
        "A lost factor is replaced with as much proof as it was given",
        NOT_YET,
        [],
        "with second factors",
      ],
      "6.4.5": [3, "Reminders before a credential expires", NONE, [], "none expires"],
      "6.4.6": [
        3,
        "Administrators start a reset and never choose the password",
        NOT_YET,
        [],
        "with the admin area",
      ],
    },
  ],
  [
    "V6.5 Several factors",
    {
      "6.5.1": [2, "Codes work once", YES, [88, 107]],
      "6.5.2": [
        2,
        "Short lookup secrets are hashed like passwords",
        NOT_YET,
        [],
        "with backup codes",
      ],
      "6.5.3": [2, "From a secure source of chance", YES, [85, 91, 167]],
      "6.5.4": [2, "At least 20 bits", YES, [91], "six digits, which ASVS counts as enough"],
      "6.5.5": [
        2,
        "Requests and codes live ten minutes at most",
        PARTLY,
        [86, 114],
        "challenges do; reset links live 30 minutes, links and codes that prove an address 24 hours",
      ],
      "6.5.6": [
        3,
        "A lost factor can be revoked",
        PARTLY,
        [87, 92],
        "a password by a reset; other factors are to come",
      ],
      "6.5.7": [3, "Biometrics never alone", NONE, [], "there are none"],
      "6.5.8": [3, "Time codes by a trusted clock", NOT_YET, [], "with TOTP"],
    },
  ],
  [
    "V6.6 Out-of-band",
    {
      "6.6.1": [2, "Phone and SMS only beside something stronger", NONE, [], "there are none"],
      "6.6.2": [2, "A code belongs to the request it was made for", YES, [85, 87, 91, 114]],
      "6.6.3": [2, "Codes cannot be guessed", YES, [91]],
      "6.6.4": [
        3,
        "Push messages cannot be used to wear somebody down",
        NONE,
        [],
        "there are none",
      ],
    },
  ],
  [
    "V6.7 Cryptographic authentication",
    {
      "6.7.1": [3, "Stored keys cannot be changed", YES, [119]],
      "6.7.2": [3, "Challenges are long and never the same", YES, [116]],
    },
  ],
  [
    "V6.8 Identity providers",
    {
      "6.8.1": [2, "One provider cannot speak for another's users", NOT_YET, [], noOAuth],
      "6.8.2": [2, "Signatures of assertions are checked", NOT_YET, [], noOAuth],
      "6.8.3": [2, "SAML assertions are used once", NONE, [], "there is no SAML"],
      "6.8.4": [2, "Strength and age of the provider's login are checked", NOT_YET, [], noOAuth],
    },
  ],
  [
    "V7.1 Session documentation",
    {
      "7.1.1": [2, "Limits are documented, and why", YES, [36], sessions],
      "7.1.2": [2, "How many at once, and what happens beyond", YES, [38], `any number (${model})`],
      "7.1.3": [2, "How sessions of other systems hang together with these", NOT_YET, [], noOAuth],
    },
  ],
  [
    "V7.2 Fundamentals",
    {
      "7.2.1": [1, "Tokens are checked on the server", YES, [32, 39, 51]],
      "7.2.2": [1, "Tokens are made for each session", YES, [32]],
      "7.2.3": [1, "At least 128 random bits", YES, [32, 85]],
      "7.2.4": [1, "A new token at each login and step-up, the old one dead", YES, [33]],
    },
  ],
  [
    "V7.3 Timeout",
    {
      "7.3.1": [2, "After silence", YES, [36]],
      "7.3.2": [2, "At the latest", YES, [36]],
    },
  ],
  [
    "V7.4 Termination",
    {
      "7.4.1": [1, "Logout and expiry are final, for the back button too", YES, [36, 37, 57]],
      "7.4.2": [1, "A disabled or deleted user is out everywhere", YES, [43]],
      "7.4.3": [
        2,
        "After a change of credentials other sessions can be ended",
        YES,
        [7, 92],
        "they always are",
      ],
      "7.4.4": [2, "Logging out is easy to find on every page", YES, [37]],
      "7.4.5": [2, "Administrators can end sessions", NOT_YET, [], "with the admin area"],
    },
  ],
  [
    "V7.5 Against abuse",
    {
      "7.5.1": [2, "Asked again before credentials change", YES, [7, 50]],
      "7.5.2": [2, "Users see and end their sessions, having logged in again", YES, [38, 50]],
      "7.5.3": [
        3,
        "Asked again before what matters most",
        YES,
        [50],
        "[guards](../guards.md) say how a route asks",
      ],
    },
  ],
  [
    "V7.6 Federated sessions",
    {
      "7.6.1": [2, "Lifetimes agree with the provider's", NOT_YET, [], noOAuth],
      "7.6.2": [2, "No session without something the user did", YES, [62, 70]],
    },
  ],
  [
    "V10 OAuth and OpenID Connect",
    {
      "10.1.1": [2, "Tokens go only where they are needed", NOT_YET, [], noOAuth],
      "10.1.2": [2, "Answers belong to a flow that this browser began", NOT_YET, [], noOAuth],
      "10.2.1": [2, "Foreign sites cannot start or finish a flow", NOT_YET, [], noOAuth],
      "10.2.2": [2, "Providers cannot be mixed up", NOT_YET, [], noOAuth],
      "10.2.3": [3, "No more scopes than needed", NOT_YET, [], noOAuth],
      "10.3.1–5": [
        "2–3",
        "Duties of a resource server",
        NONE,
        [],
        "the house takes no access tokens",
      ],
      "10.4.1–16": ["1–3", "Duties of an authorization server", NONE, [], "the house is none"],
      "10.5.1": [2, "ID tokens cannot be replayed", NOT_YET, [], noOAuth],
      "10.5.2": [2, "A user is the provider's subject, not their address", NOT_YET, [], noOAuth],
      "10.5.3": [2, "Metadata of the wrong issuer is refused", NOT_YET, [], noOAuth],
      "10.5.4": [2, "ID tokens for others are refused", NOT_YET, [], noOAuth],
      "10.5.5": [2, "Logout tokens are what they claim", NOT_YET, [], noOAuth],
      "10.6.1–2": [2, "Duties of an OpenID provider", NONE, [], "the house is none"],
      "10.7.1–3": [2, "Duties of whoever asks for consent", NONE, [], "the house is none"],
    },
  ],
];
