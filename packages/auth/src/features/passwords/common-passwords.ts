let loading: Promise<ReadonlySet<string>> | undefined;

/** Some 49,000 passwords of leaked lists, in lower case; read from disk by the first call (20 ms, 5 MB) and kept. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loading ??= load();
  return loading;
}

async function load() {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"]);
}
